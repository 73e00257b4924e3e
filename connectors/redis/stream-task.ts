import type { ConnectorContext, Position, SourceBatch, SourceTask } from '../../src/sdk/index.js';
import { compareIds, contentOf, isOfClock, streamsOf, type Entry } from './entry.js';
import type { Link } from './link.js';
import { batchRecords, blockMs } from './reading.js';
import type { RedisSourceConfig } from './spec.js';
import { streamInfo, type StreamInfo } from './stream-info.js';

/** Where a stream stands while it is read. */
interface Reading {
  readonly key: string;
  /** Entries up to this one were there before, and are none of ours. */
  readonly begin: string;
  /** Entries behind this one are next. */
  id: string;
  /** With `once`: there is nothing to read behind this one. */
  readonly end: string | null;
  gap: boolean;
}

const beforeAll = '0-0';

/** All entries of streams by their ids. The position is the id, so they can be read again. */
export async function readStreams(
  link: Link,
  from: {
    readonly keys: readonly string[];
    readonly config: RedisSourceConfig;
    readonly context: ConnectorContext;
    readonly positions: ReadonlyMap<string, Position>;
  },
): Promise<SourceTask> {
  const { config, context } = from;
  const readings: Reading[] = [];
  for (const key of from.keys) {
    const position = from.positions.get(key);
    readings.push(await begin(link, key, typeof position === 'string' ? position : null, config, context));
  }
  const ready: SourceBatch[] = [];
  const deleteStored = async (key: string, position: Position): Promise<void> => {
    const reading = readings.find((its) => its.key === key);
    if (reading === undefined || typeof position !== 'string') return;
    await deleteStretch(link, key, reading.begin, position);
  };
  return {
    read: async (signal) => {
      for (;;) {
        signal.throwIfAborted();
        const next = ready.shift();
        if (next !== undefined) return next;
        const open = readings.filter(({ id, end }) => end === null || compareIds(id, end) < 0);
        if (open.length === 0) return null;
        for (const [key, entries] of await readOn(link, open, context.once)) {
          const reading = readings.find((its) => its.key === key);
          if (reading !== undefined) ready.push(batchOf(reading, entries, config));
        }
        // What was to come was deleted meanwhile.
        if (context.once && ready.length === 0) return null;
      }
    },
    holds: async (key, position) => typeof position === 'string' && (await isThere(link, key, position)),
    ...(config.after === 'delete' ? { committed: deleteStored } : {}),
    close: () => link.close(),
  };
}

async function readOn(
  link: Link,
  readings: readonly Reading[],
  once: boolean,
): Promise<readonly (readonly [string, readonly Entry[]])[]> {
  const wait = once ? [] : ['BLOCK', blockMs];
  const keys = readings.map(({ key }) => key);
  const ids = readings.map(({ id }) => id);
  return streamsOf(await link.call('XREAD', 'COUNT', batchRecords, ...wait, 'STREAMS', ...keys, ...ids));
}

function batchOf(reading: Reading, entries: readonly Entry[], config: RedisSourceConfig): SourceBatch {
  const { key, end, gap } = reading;
  const records = entries
    .filter(({ id }) => end === null || compareIds(id, end) <= 0)
    .map((entry) => ({
      ...contentOf(key, { id: entry.id, fields: entry.fields ?? [] }, config.entry),
      position: entry.id,
    }));
  reading.id = entries.at(-1)?.id ?? reading.id;
  reading.gap = false;
  return { partition: key, records, ...(gap ? { gap } : {}) };
}

async function begin(
  link: Link,
  key: string,
  position: string | null,
  config: RedisSourceConfig,
  { once, log }: ConnectorContext,
): Promise<Reading> {
  const info = await streamInfo(link, key);
  const last = info?.lastId ?? beforeAll;
  const end = once ? last : null;
  if (position === null) {
    const begin = config.start === 'latest' ? last : beforeAll;
    return { key, begin, id: begin, end, gap: false };
  }
  // Of a stream that was made anew the ids would be greater, for Redis makes them of its clock: all that is there was
  // read, and what was lost with the server (appendfsync, a replica that took over) was read as well.
  if (compareIds(last, position) < 0 && isOfClock(last)) {
    log.warn('the stream has lost its end, which was read already: it is read on', { key, position, last });
    return { key, begin: last, id: last, end, gap: true };
  }
  if (compareIds(last, position) < 0) {
    log.warn('the stream was made anew: it is read from its start', { key, position, last });
    return { key, begin: beforeAll, id: beforeAll, end, gap: true };
  }
  const gap = info !== null && (await mayHaveLost(link, key, position, info, config.after === 'delete'));
  if (gap) log.warn('entries may have been trimmed or deleted before they were read', { key, position });
  return { key, begin: position, id: position, end, gap };
}

/**
 * Whether entries behind the position are gone. Trimming takes the oldest first, so nothing behind an entry
 * that is still there was trimmed.
 */
async function mayHaveLost(
  link: Link,
  key: string,
  position: string,
  { firstId, lastId, lastDeletedId }: StreamInfo,
  deletesItself: boolean,
): Promise<boolean> {
  if (lastDeletedId !== null && compareIds(lastDeletedId, position) > 0) return true;
  if (lastId === position || deletesItself) return false;
  // Nothing is left, also not of what came behind.
  if (firstId === null) return true;
  if (compareIds(firstId, position) <= 0) return false;
  return !(await isThere(link, key, position));
}

async function isThere(link: Link, key: string, id: string): Promise<boolean> {
  const entries = await link.call('XRANGE', key, id, id);
  return Array.isArray(entries) && entries.length > 0;
}

/** In steps, so that nothing else waits for long. */
async function deleteStretch(link: Link, key: string, begin: string, id: string): Promise<void> {
  for (;;) {
    const reply = await link.call('XRANGE', key, `(${begin}`, id, 'COUNT', batchRecords);
    const ids = Array.isArray(reply) ? reply.map((entry) => String((entry as readonly unknown[])[0])) : [];
    if (ids.length === 0) return;
    await link.call('XDEL', key, ...ids);
  }
}
