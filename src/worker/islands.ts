import type { Admin, Queue, Trail } from '../rocketmq/cluster.js';
import type { StoredMark } from '../store/index.js';
import { queueName } from '../rocketmq/queue-name.js';
import { messagesPerLook, peekUnlessGone, queueGone } from './peek-unless-gone.js';
import { Replay, type Island } from './replay.js';
import { stampOf, type Span, type Stamp } from './stamp.js';
import { settleAll } from './settle-all.js';
import { tornStamp } from './torn.js';

/** A queue, and the offset from which on it may hold what the positions do not know of. */
export interface QueueTail extends Queue {
  readonly offset: number;
  /** The first message of ours that was noted: where it is not there any more, the queue is another one. */
  readonly first: StoredMark | null;
  /** The last one that was stored: where only that is gone, the broker has lost its end. */
  readonly last: StoredMark | null;
}

/**
 * Reads the tails of the queues and finds what was sent there and `counts`, by the tag of the partition. Looking
 * too early lies: what a dead client has sent may still be stored after it died. So it is waited for first.
 * `known`: parcels that lie before the tails, by tag.
 */
export async function findIslands(
  admin: Admin,
  trail: Trail,
  tails: readonly QueueTail[],
  dead: readonly string[],
  counts: (stamp: Stamp) => boolean,
  signal: AbortSignal,
  known: ReadonlyMap<string, Island> = new Map(),
): Promise<ReadonlyMap<string, Replay>> {
  await settleAll(trail, tails, dead, signal);
  const parcels = new Map<string, { tag: string; span: Span | null; stored: number }>();
  for (const tail of tails) await readTail(admin, tail, counts, parcels);
  const islands = new Map([...known].map(([tag, island]) => [tag, [island]]));
  for (const { tag, span, stored } of parcels.values()) {
    // The first message of a parcel without one lies before the tail: the position knows of that parcel.
    if (span === null) continue;
    const found = islands.get(tag) ?? [];
    found.push({ span, stored });
    islands.set(tag, found);
  }
  return new Map([...islands].map(([tag, found]) => [tag, new Replay(found)]));
}

async function readTail(
  admin: Admin,
  tail: QueueTail,
  counts: (stamp: Stamp) => boolean,
  parcels: Map<string, { tag: string; span: Span | null; stored: number }>,
): Promise<void> {
  /** Of the message before. */
  let before: Stamp | null = null;
  for (let offset = tail.offset; ;) {
    const messages = await peekUnlessGone(queueGone, admin, tail, offset, messagesPerLook);
    for (const message of messages) {
      const stamp: Stamp | null = stampOf(message) ?? tornStamp(message, before);
      before = stamp;
      if (stamp === null || !counts(stamp)) continue;
      const key = `${queueName(tail)} ${stamp.tag} ${stamp.parcel}`;
      const parcel = parcels.get(key) ?? { tag: stamp.tag, span: null, stored: 0 };
      // Places that are missing below the last were refused, and let go of before anything behind was sent.
      const stored = Math.max(parcel.stored, stamp.index + 1);
      parcels.set(key, { tag: stamp.tag, span: parcel.span ?? stamp.span, stored });
    }
    const last = messages.at(-1);
    if (last === undefined) return;
    offset = last.offset + 1;
  }
}
