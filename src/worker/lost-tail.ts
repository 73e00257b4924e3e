import type { Admin, Queue, Trail } from '../rocketmq/cluster.js';
import type { StoredMark } from '../store/index.js';
import type { QueueTail } from './islands.js';
import { messagesPerLook, peekUnlessGone, topicGone } from './peek-unless-gone.js';
import type { Island } from './replay.js';
import { stampOf, stampProperty, type Span, type Stamp } from './stamp.js';
import { settleAll } from './settle-all.js';

/** What is left in a queue that does not hold its last message of ours any more. */
export interface Remains {
  readonly queue: Queue;
  /** The topic is there, and does not have this queue any more. */
  readonly isTakenAway: boolean;
  readonly min: number;
  readonly max: number;
  /** The last parcel of each partition, by its tag, as far as it is stored. */
  readonly last: ReadonlyMap<string, Island>;
}

/**
 * Those of the queues in which another message stands where our last one was stored, or none at all: the
 * broker has lost what it had acknowledged, or the topic was deleted and made anew, so that offsets are used
 * again. Brokers show late what they have: what seems lost is waited for before it is called that. Of a
 * message that has expired nothing can be told: it counts as there.
 */
export async function lostQueues(
  admin: Admin,
  trail: Trail,
  tails: readonly QueueTail[],
  dead: readonly string[],
  signal: AbortSignal,
): Promise<readonly QueueTail[]> {
  const suspects = await filtered(tails, (tail) => isMissing(admin, tail, tail.last));
  await settleAll(trail, suspects, dead, signal);
  return filtered(suspects, (tail) => isMissing(admin, tail, tail.last));
}

/** Whether another message stands where ours was stored, or none, though it cannot have expired. */
export async function isMissing(admin: Admin, queue: Queue, mark: StoredMark | null): Promise<boolean> {
  if (mark === null) return false;
  const [found] = await peekUnlessGone(topicGone, admin, queue, mark.offset, 1);
  if (found === undefined) return true;
  return found.offset === mark.offset && found.properties[stampProperty] !== mark.stamp;
}

/** Reads the queue from its end back until it has met each of the tags with what `counts`, or its start. */
export async function remainsOf(
  admin: Admin,
  queue: Queue,
  tags: ReadonlySet<string>,
  counts: (stamp: Stamp) => boolean,
): Promise<Remains> {
  const stats = (await admin.topic(queue.topic)) ?? [];
  const its = stats.find((other) => other.broker === queue.broker && other.queue === queue.queue);
  const { min, max } = its ?? { min: 0, max: 0 };
  const isTakenAway = its === undefined && stats.some(({ broker }) => broker === queue.broker);
  const parcels = new Map<string, { parcel: string; stored: number; span: Span | null }>();
  const isKnown = (tag: string): boolean => (parcels.get(tag)?.span ?? null) !== null;
  for (let end = max; end > min && ![...tags].every(isKnown);) {
    const start = Math.max(min, end - messagesPerLook);
    const messages = await peekUnlessGone(topicGone, admin, queue, start, end - start);
    for (const message of messages.filter(({ offset }) => offset < end).reverse()) {
      const stamp = stampOf(message);
      if (stamp === null || !tags.has(stamp.tag) || !counts(stamp)) continue;
      const { tag, parcel, span, index } = stamp;
      const known = parcels.get(tag) ?? { parcel, stored: 0, span: null };
      if (known.parcel !== parcel) continue;
      parcels.set(tag, { parcel, stored: Math.max(known.stored, index + 1), span: span ?? known.span });
    }
    end = start;
  }
  const last = new Map<string, Island>();
  for (const [tag, { span, stored }] of parcels) if (span !== null) last.set(tag, { span, stored });
  return { queue, isTakenAway, min, max, last };
}

/** Whether others have sent for one of these partitions what our positions do not know of. */
export async function othersHaveSent(
  admin: Admin,
  tails: readonly QueueTail[],
  tags: ReadonlySet<string>,
): Promise<boolean> {
  const withOthers = await filtered(tails, async (tail) => {
    const messages = await peekUnlessGone(topicGone, admin, tail, tail.offset, 32);
    return messages.some((message) => tags.has(stampOf(message)?.tag ?? ''));
  });
  return withOthers.length > 0;
}

async function filtered<T>(items: readonly T[], is: (item: T) => Promise<boolean>): Promise<readonly T[]> {
  const kept = await Promise.all(items.map(is));
  return items.filter((_item, index) => kept[index]);
}
