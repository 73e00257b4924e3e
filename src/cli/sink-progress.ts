import type { GroupOffset, Queue } from '../rocketmq/cluster.js';
import { queueName } from '../rocketmq/queue-name.js';
import type { Lag } from '../sdk/index.js';
import { countText } from './number-text.js';

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

/**
 * `from`: null where nobody here can tell where its members start. Nobody can tell either what is unread of a queue
 * that ends before the group's offset.
 */
export function queueProgress(stats: GroupOffset, from: From | null): QueueProgress {
  const { topic, broker, queue, offset, min, max } = stats;
  const next = nextOffset(stats, from);
  return {
    topic,
    broker,
    queue,
    offset,
    min,
    max,
    // What is gone is not waited for.
    lag: next === null || isBeyond(stats) ? null : max - Math.max(next, min),
    updated_at:
      stats.lastConsumedStoredAt === null ? null : new Date(stats.lastConsumedStoredAt).toISOString(),
    member: stats.member,
  };
}

/** The topic was made anew under the group, or the broker has lost its end. */
export function isBeyond({ offset, max }: Pick<GroupOffset, 'offset' | 'max'>): boolean {
  return offset !== null && offset > max;
}

/** Why the lag is unknown in a queue that `isBeyond` is true of. */
export const beyondText = (queue: GroupOffset): string =>
  `it stands at ${countText(queue.offset)} in ${queueName(queue)}, which ends at ${countText(queue.max)}: ` +
  'the topic was made anew, or the broker has lost its end';

/** How far a sink is behind. `seconds` is the age of the oldest message it has not consumed. */
export async function sinkLag(
  queues: readonly GroupOffset[],
  from: From,
  storedAt: StoredAt,
  now: number,
): Promise<Lag> {
  return lagOf(await Promise.all(queues.map((queue) => queueLag(queue, from, storedAt, now))));
}

/** How far a group is behind in one queue, or in several together. `seconds`: the age of the oldest unread message. */
export interface QueueLag {
  readonly records: number | null;
  readonly seconds: number | null;
}

export async function queueLag(
  queue: GroupOffset,
  from: From | null,
  storedAt: StoredAt,
  now: number,
): Promise<QueueLag> {
  const records = queueProgress(queue, from).lag;
  if (records === null || records === 0) return { records, seconds: records };
  const time = await storedAt(queue, Math.max(nextOffset(queue, from) ?? queue.min, queue.min));
  return { records, seconds: time === null ? null : Math.max(0, now - time) / 1000 };
}

/** Of several queues together; where one is not known, nothing is. */
export function lagOf(lags: readonly QueueLag[]): Lag {
  const records = sumKnown(lags.map((lag) => lag.records));
  const ages = lags.map(({ seconds }) => seconds);
  const seconds =
    records === null || ages.includes(null) ? null : Math.max(0, ...ages.filter((age) => age !== null));
  return { records, bytes: null, seconds };
}

export type StoredAt = (queue: Queue, offset: number) => Promise<number | null>;

/** The sum; null when any part is unknown. */
export function sumKnown(parts: readonly (number | null)[]): number | null {
  return parts.reduce((sum, part) => (sum === null || part === null ? null : sum + part), 0);
}

/** The first offset that is not consumed; null where only a running sink can tell. */
function nextOffset({ offset, min, max }: GroupOffset, from: From | null): number | null {
  if (offset !== null) return offset;
  if (from === 'earliest' || min === max) return min;
  return null;
}
