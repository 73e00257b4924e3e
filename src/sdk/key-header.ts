import type { Content, SinkRecord } from './record.js';

/** A record's key travels in this header where the other system has none for it. */
export const keyHeader = 'connect-key';

/** The headers of a message: those of its record, and its key. */
export const headersWithKey = ({
  key,
  headers,
}: Pick<SinkRecord, 'key' | 'headers'>): Readonly<Record<string, string>> =>
  key === undefined ? headers : { ...headers, [keyHeader]: key };

/** The other way: key and headers of a record, beside those that say where it comes from. */
export function keyAndHeaders(
  given: Iterable<readonly [name: string, text: string]>,
  origin: Readonly<Record<string, string>>,
): Pick<Content, 'key' | 'headers'> {
  const headers: Record<string, string> = { ...origin };
  let key: string | undefined;
  for (const [name, text] of given) {
    if (name === keyHeader) key = text;
    else headers[name] = text;
  }
  return { headers, ...(key === undefined ? {} : { key }) };
}
