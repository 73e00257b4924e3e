import { ConnectorError, type Lag, type Position } from '../../src/sdk/index.js';
import { entriesOf, isOfClock } from './entry.js';
import type { Link, Reply } from './link.js';
import { namedFields, streamInfo } from './stream-info.js';
import type { RedisSourceConfig } from './spec.js';

const unknown: Lag = { records: null, bytes: null, seconds: null };
const none: Lag = { records: 0, bytes: 0, seconds: 0 };
/** More entries than this are not counted: Redis would have to hand them all out. */
const mostCounted = 5_000;

export async function sourceLag(
  link: Link,
  config: RedisSourceConfig,
  positions: ReadonlyMap<string, Position>,
): Promise<Lag> {
  if (config.mode === 'pubsub') return unknown;
  let sum = none;
  for (const key of config.keys) {
    const its = await lagOf(link, key, config, positions.get(key));
    sum = plus(sum, its);
  }
  return sum;
}

function lagOf(
  link: Link,
  key: string,
  { mode, group }: RedisSourceConfig,
  position: Position | undefined,
): Promise<Lag> {
  if (mode === 'list') return listLag(link, key);
  if (group !== undefined) return groupLag(link, key, group);
  return streamLag(link, key, typeof position === 'string' ? position : null);
}

async function listLag(link: Link, key: string): Promise<Lag> {
  const records = Number(await link.call('LLEN', key));
  return records === 0 ? none : { records, bytes: null, seconds: null };
}

async function streamLag(link: Link, key: string, position: string | null): Promise<Lag> {
  const info = await streamInfo(link, key);
  if (info === null || info.length === 0 || info.lastId === position) return none;
  const from = position === null ? '-' : `(${position}`;
  const behind = entriesOf(await link.call('XRANGE', key, from, '+', 'COUNT', mostCounted + 1));
  const [first] = behind;
  if (first === undefined) return none;
  const records = position === null ? info.length : behind.length > mostCounted ? null : behind.length;
  return { records, bytes: null, seconds: await secondsSince(link, first.id) };
}

/** What the group has not dealt yet, and what is dealt and not acknowledged. */
async function groupLag(link: Link, key: string, group: string): Promise<Lag> {
  let groups: Reply;
  try {
    groups = await link.call('XINFO', 'GROUPS', key);
  } catch (error) {
    if (error instanceof ConnectorError && error.message.includes('no such key')) return none;
    throw error;
  }
  const all = Array.isArray(groups) ? (groups as readonly Reply[]).map(namedFields) : [];
  const its = all.find((fields) => String(fields.get('name')) === group);
  const info = await streamInfo(link, key);
  if (its === undefined)
    return info === null || info.length === 0 ? none : { ...unknown, records: info.length };
  const pending = Number(its.get('pending'));
  const undealt = await notDealt(link, key, its, info?.lastId);
  if (pending === 0 && undealt.records === 0) return none;
  const oldest = pending === 0 ? null : await link.call('XPENDING', key, group, '-', '+', 1);
  const first = Array.isArray(oldest) ? (oldest as readonly Reply[])[0] : undefined;
  const id = Array.isArray(first) ? String((first as readonly Reply[])[0]) : undealt.first;
  return {
    records: undealt.records === null ? null : pending + undealt.records,
    bytes: null,
    seconds: id === null ? null : await secondsSince(link, id),
  };
}

/** Redis 7 counts it, unless entries were deleted; an older one does not. */
async function notDealt(
  link: Link,
  key: string,
  group: ReadonlyMap<string, Reply>,
  lastId: string | undefined,
): Promise<{ records: number | null; first: string | null }> {
  const dealt = String(group.get('last-delivered-id'));
  if (dealt === lastId || lastId === undefined) return { records: 0, first: null };
  const [first] = entriesOf(await link.call('XRANGE', key, `(${dealt}`, '+', 'COUNT', 1));
  if (first === undefined) return { records: 0, first: null };
  const counted = group.get('lag');
  return { records: typeof counted === 'number' ? counted : null, first: first.id };
}

/** Ids begin with milliseconds since 1970 by Redis's clock, unless somebody chose them otherwise. */
async function secondsSince(link: Link, id: string): Promise<number | null> {
  const time = await link.call('TIME');
  if (!Array.isArray(time)) return null;
  const [seconds, micros] = (time as readonly Reply[]).map((part) => Number(String(part)));
  const now = (seconds ?? 0) * 1_000 + (micros ?? 0) / 1_000;
  const then = Number(id.split('-')[0]);
  return !isOfClock(id) || then > now + 60_000 ? null : Math.max(0, (now - then) / 1_000);
}

const sum = (left: number | null, right: number | null): number | null =>
  left === null || right === null ? null : left + right;
const most = (left: number | null, right: number | null): number | null =>
  left === null || right === null ? null : Math.max(left, right);
const plus = (left: Lag, right: Lag): Lag => ({
  records: sum(left.records, right.records),
  bytes: sum(left.bytes, right.bytes),
  seconds: most(left.seconds, right.seconds),
});
