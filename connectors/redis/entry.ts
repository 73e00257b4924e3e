import type { Content, JsonObject } from '../../src/sdk/index.js';
import type { RedisSourceConfig } from './spec.js';
import type { Reply } from './link.js';

/** An entry of a stream: its id, and its fields in order; null where it was deleted meanwhile. */
export interface Entry {
  readonly id: string;
  readonly fields: readonly (readonly [name: string, value: Buffer])[] | null;
}

/** `[id, [name, value, …]]` … as XREAD, XRANGE and XAUTOCLAIM have them. */
export function entriesOf(reply: Reply | undefined): readonly Entry[] {
  if (!Array.isArray(reply)) return [];
  return (reply as readonly Reply[]).flatMap((entry) => {
    if (!Array.isArray(entry)) return [];
    const [id, fields] = entry as readonly Reply[];
    return [{ id: String(id), fields: Array.isArray(fields) ? pairs(fields as readonly Reply[]) : null }];
  });
}

/** The entries of each stream in a reply of XREAD or XREADGROUP. */
export function streamsOf(reply: Reply): readonly (readonly [key: string, entries: readonly Entry[]])[] {
  if (!Array.isArray(reply)) return [];
  return (reply as readonly Reply[]).map((stream) => {
    const [key, entries] = stream as readonly Reply[];
    return [String(key), entriesOf(entries)];
  });
}

function pairs(flat: readonly Reply[]): [string, Buffer][] {
  const found: [string, Buffer][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) found.push([String(flat[at]), flat[at + 1] as Buffer]);
  return found;
}

/** What a record is made of; the rest of its headers say where it comes from. */
export function contentOf(
  key: string,
  { id, fields }: Entry & { readonly fields: NonNullable<Entry['fields']> },
  entry: RedisSourceConfig['entry'],
): Content {
  const place = { 'redis.key': key, 'redis.id': id };
  if (entry !== 'value') {
    const value: JsonObject = Object.fromEntries(fields.map(([name, its]) => [name, its.toString()]));
    return { value, headers: place };
  }
  const byName = new Map(fields);
  const headers = fields
    .filter(([name]) => name.startsWith(headerPrefix))
    .map(([name, its]) => [name.slice(headerPrefix.length), its.toString()] as const);
  const its = byName.get('key');
  return {
    // As the sink writes a record that has no value.
    value: byName.get('value') ?? null,
    ...(its === undefined ? {} : { key: its.toString() }),
    headers: { ...Object.fromEntries(headers), ...place },
  };
}

export const headerPrefix = 'header.';

/** Whether Redis may have made it: ids begin with milliseconds since 1970 by its clock, unless somebody chose them. */
export const isOfClock = (id: string): boolean => Number(id.split('-')[0]) >= earliestClock;

/** The year 2001: smaller numbers are no clock's. */
const earliestClock = 1_000_000_000_000;

/** -1, 0 or 1: ids are two numbers that may be larger than a double holds. */
export function compareIds(left: string, right: string): number {
  const [leftMs = '0', leftSeq = '0'] = left.split('-');
  const [rightMs = '0', rightSeq = '0'] = right.split('-');
  return compare(BigInt(leftMs), BigInt(rightMs)) || compare(BigInt(leftSeq), BigInt(rightSeq));
}

const compare = (left: bigint, right: bigint): number => (left < right ? -1 : left > right ? 1 : 0);
