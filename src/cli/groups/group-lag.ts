import type { Lag } from '../../sdk/index.js';
import { lagOf, queueLag, sumKnown, type QueueLag, type StoredAt } from '../sink-progress.js';
import { startOf, type GroupProgress, type GroupQueue } from './group-progress.js';

/** How far a consumer group is behind that no connector here is. null is unknown. */
export interface GroupLag {
  readonly group: string;
  /** Of all that was stored and is not committed: `ready`, `retry` and `in_flight` together. */
  readonly lag: Lag;
  /** Not delivered yet. */
  readonly ready: number | null;
  /** Not delivered yet of what members could not handle. */
  readonly retry: number | null;
  /** Delivered, and not committed yet. */
  readonly in_flight: number | null;
  /** How many are online. */
  readonly members: number;
  readonly delivery: 'pull' | 'pop' | null;
  /** Why a number is not what it seems, or is not known. */
  readonly notes: readonly string[];
  readonly queues: readonly GroupQueueLag[];
}

export interface GroupQueueLag extends QueueLag {
  readonly topic: string;
  readonly broker: string;
  readonly queue: number;
  readonly retry: boolean;
  readonly in_flight: number | null;
}

export type GroupTopicLag = Omit<GroupQueueLag, 'broker' | 'queue'>;

export async function groupLag(
  { info, queues, notes }: GroupProgress,
  storedAt: StoredAt,
  now: number,
): Promise<GroupLag> {
  const lags = await Promise.all(queues.map((queue) => lagIn(queue, info.delivery, storedAt, now)));
  const nothingKnown = info.topics.length === 0 || info.topics.some((topic) => !has(queues, topic));
  const main = lags.filter(({ retry }) => !retry);
  const inFlight = nothingKnown ? null : sumKnown(lags.map(({ in_flight: count }) => count));
  const mainInFlight = sumKnown(main.map(({ in_flight: count }) => count)) ?? 0;
  const unread = nothingKnown ? null : sumKnown(main.map(({ records }) => records));
  return {
    group: info.group,
    lag: nothingKnown ? { records: null, bytes: null, seconds: null } : lagOf(lags),
    ready: unread === null ? null : unread - mainInFlight,
    retry: retryOf(lags),
    in_flight: inFlight,
    members: info.members.length,
    delivery: info.delivery,
    notes,
    queues: lags,
  };
}

/** The same by topic: queues of one topic together. */
export function byTopic(queues: readonly GroupQueueLag[]): GroupTopicLag[] {
  const topics = new Map<string, GroupQueueLag[]>();
  for (const queue of queues) topics.set(queue.topic, [...(topics.get(queue.topic) ?? []), queue]);
  return [...topics].map(([topic, its]) => {
    const { records, seconds } = lagOf(its);
    const in_flight = sumKnown(its.map((queue) => queue.in_flight));
    return { topic, retry: its.some(({ retry }) => retry), records, seconds, in_flight };
  });
}

const has = (queues: readonly GroupQueue[], topic: string): boolean =>
  queues.some((queue) => queue.topic === topic);

function retryOf(lags: readonly GroupQueueLag[]): number | null {
  const retry = lags.filter((lag) => lag.retry);
  const inFlight = sumKnown(retry.map(({ in_flight: count }) => count)) ?? 0;
  const unread = sumKnown(retry.map(({ records }) => records));
  return unread === null ? null : unread - inFlight;
}

async function lagIn(
  queue: GroupQueue,
  delivery: GroupLag['delivery'],
  storedAt: StoredAt,
  now: number,
): Promise<GroupQueueLag> {
  const { topic, broker, queue: number, retry, inFlight } = queue;
  const lag = await queueLag(queue, startOf(queue), storedAt, now);
  // By pop an offset moves with the delivery; else nothing uncommitted is nothing in flight.
  const in_flight = lag.records === 0 && delivery === 'pull' ? 0 : inFlight;
  return { topic, broker, queue: number, retry, ...lag, in_flight };
}
