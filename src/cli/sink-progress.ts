import type { GroupOffset, Queue } from '../rocketmq/cluster.js';
import type { Lag } from '../sdk/index.js';

/** Where a consumer group stands in one queue. */
export interface QueueProgress {
  readonly topic: string;
  readonly broker: string;
  readonly queue: number;
  /** null: the group never committed one. */
  readonly offset: number | null;
  readonly min: number;
  readonly max: number;
  readonly lag: number | null;
  /** When the last consumed message was stored: brokers do not keep when an offset was committed. */
  readonly updated_at: string | null;
  /** The member of the group that it falls to, by client id; null while nobody is online, or nobody can tell. */
  readonly member: string | null;
}

/** Where a sink starts in a queue that its group never committed an offset for. */
export type From = 'earliest' | 'latest' | number;

export function queueProgress(stats: GroupOffset, from: From): QueueProgress {
  const { topic, broker, queue, offset, min, max } = stats;
  const next = nextOffset(stats, from);
  return {
    topic,
    broker,
    queue,
    offset,
    min,
    max,
    lag: next === null ? null : Math.max(0, max - next),
    updated_at:
      stats.lastConsumedStoredAt === null ? null : new Date(stats.lastConsumedStoredAt).toISOString(),
    member: stats.member,
  };
}

/**
 * How far a sink is behind. `seconds` is the age of the oldest message it has not consumed. A topic
 * without queues is one that is not there: nothing is known of it.
 */
export async function sinkLag(
  queues: readonly GroupOffset[],
  topics: readonly string[],
  from: From,
  storedAt: (queue: Queue, offset: number) => Promise<number | null>,
  now: number,
): Promise<Lag> {
  const unknown: Lag = { records: null, bytes: null, seconds: null };
  if (topics.some((topic) => !queues.some((queue) => queue.topic === topic))) return unknown;
  const lags = queues.map((queue) => queueProgress(queue, from).lag);
  const records = sumKnown(lags);
  if (records === null) return unknown;
  const behind = queues.filter((_, index) => lags[index] !== 0);
  const ages = await Promise.all(
    behind.map(async (queue) => {
      const first = Math.max(nextOffset(queue, from) ?? queue.min, queue.min);
      const time = await storedAt(queue, first);
      return time === null ? null : Math.max(0, now - time) / 1000;
    }),
  );
  const seconds = ages.includes(null) ? null : Math.max(0, ...ages.filter((age) => age !== null));
  return { records, bytes: null, seconds };
}

/** The sum; null when any part is unknown. */
export function sumKnown(parts: readonly (number | null)[]): number | null {
  return parts.reduce((sum, part) => (sum === null || part === null ? null : sum + part), 0);
}

/** The first offset that is not consumed; null where only a running sink can tell. */
function nextOffset({ offset, min, max }: GroupOffset, from: From): number | null {
  if (offset !== null) return offset;
  if (from === 'earliest' || min === max) return min;
  return null;
}
