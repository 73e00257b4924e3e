import type { MsgHdrs } from '@nats-io/transport-node';
import type { Content } from '../../src/sdk/index.js';

/** A record's key travels in this header. */
export const keyHeader = 'connect-key';

export interface Received {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
}

/** What a record is made of; a header with several values has them with commas between. */
export function contentOf({ subject, data, headers }: Received): Content {
  const its: Record<string, string> = { 'nats.subject': subject };
  let key: string | undefined;
  for (const name of headers?.keys() ?? []) {
    const text = headers?.values(name).join(', ') ?? '';
    if (name === keyHeader) key = text;
    else its[name] = text;
  }
  return { value: Buffer.from(data), headers: its, ...(key === undefined ? {} : { key }) };
}
