import { ConnectorError } from '../../src/sdk/index.js';
import type { Link, Reply } from './link.js';

/** What XINFO STREAM says that is of use here. */
export interface StreamInfo {
  readonly length: number;
  /** Null: the stream is empty. */
  readonly firstId: string | null;
  readonly lastId: string;
  /** Of entries that were deleted one by one; null where Redis is older than 7. */
  readonly lastDeletedId: string | null;
}

/** Null where there is no such key. */
export async function streamInfo(link: Link, key: string): Promise<StreamInfo | null> {
  let reply: Reply;
  try {
    reply = await link.call('XINFO', 'STREAM', key);
  } catch (error) {
    if (error instanceof ConnectorError && error.message.includes('no such key')) return null;
    throw error;
  }
  const fields = namedFields(reply);
  const first = fields.get('first-entry');
  return {
    length: Number(fields.get('length')),
    firstId: Array.isArray(first) ? String((first as readonly Reply[])[0]) : null,
    lastId: String(fields.get('last-generated-id')),
    lastDeletedId: fields.has('max-deleted-entry-id') ? String(fields.get('max-deleted-entry-id')) : null,
  };
}

/** `[name, value, …]` by name. */
export function namedFields(reply: Reply | undefined): ReadonlyMap<string, Reply> {
  const fields = new Map<string, Reply>();
  if (!Array.isArray(reply)) return fields;
  const flat = reply as readonly Reply[];
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(String(flat[at]), flat[at + 1] ?? null);
  return fields;
}
