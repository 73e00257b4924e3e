import type { GroupConfig } from '../../groups.js';
import { framesIn, queueOffsetOf } from '../../storage/stored-frame.js';
import type { TopicConfig } from '../../topics.js';
import type { GrpcBroker } from '../grpc-broker.js';
import { putDeadLetter } from './dead-letters.js';
import type { InFlight, QueueDelivery, Terms } from './queue-delivery.js';
import { matches, type TagSubscription } from './tag-subscription.js';

/** As long as a client is connected, what it renews by itself becomes visible this much later. */
export const renewalMs = 60_000;
const longestRenewalMs = 3 * 3_600_000;
const mostBytes = 4 * 1024 * 1024;
/** Reads of a queue that find nothing for the filter, before others have their turn. */
const fruitlessReads = 16;

export interface Wish {
  readonly group: GroupConfig;
  readonly topic: TopicConfig;
  readonly most: number;
  readonly invisibleMs: number;
  /** The client whose messages stay invisible while it is connected; null: for the invisible time only. */
  readonly renewedFor: string | null;
  readonly subscription: TagSubscription | null;
  readonly attemptId: string | undefined;
}

export interface Taken {
  readonly queueId: number;
  readonly entry: InFlight;
  /** The message as it is stored. */
  readonly data: Buffer;
}

interface Taking extends Wish {
  readonly grpc: GrpcBroker;
  readonly now: number;
  readonly taken: Taken[];
}

const turns = new Map<string, number>();
const mostTurns = 10_000;

/**
 * Messages for a receive from all queues of the topic, a different one first each time: those whose
 * invisible time is over, then new ones. `more`: it stopped before it had seen all there is.
 */
export function take(grpc: GrpcBroker, wish: Wish, now: number): { taken: Taken[]; more: boolean } {
  const taking: Taking = { ...wish, grpc, now, taken: [] };
  const queues = wish.topic.readQueueNums;
  const first = nextTurn(`${wish.group.groupName} ${wish.topic.topicName}`);
  let more = false;
  for (let step = 0; step < queues && taking.taken.length < wish.most; step++) {
    more = takeFrom(taking, (first + step) % queues) || more;
  }
  return { taken: taking.taken, more };
}

function nextTurn(key: string): number {
  const turn = turns.get(key) ?? 0;
  if (turns.size >= mostTurns) turns.clear();
  turns.set(key, turn + 1);
  return turn;
}

function takeFrom(taking: Taking, queueId: number): boolean {
  const { group, topic, attemptId, now } = taking;
  const { deliveries } = taking.grpc;
  const queue = deliveries.queue(group.groupName, topic.topicName, queueId);
  if (group.consumeMessageOrderly) {
    if (queue.blocked(now, attemptId)) return false;
    queue.showAgain(attemptId, now);
  }
  takeAgain(taking, queueId, queue);
  const more = takeNew(taking, queueId, queue);
  deliveries.commit(group.groupName, topic.topicName, queueId, queue);
  return more;
}

function takeAgain(taking: Taking, queueId: number, queue: QueueDelivery): void {
  const { grpc, group, topic, now, taken } = taking;
  const { broker, deliveries } = grpc;
  const visible = queue.visible(now, taking.most - taken.length, (entry) => isRenewed(grpc, entry, now));
  for (const entry of visible) {
    const limits = { messages: 1, bytes: mostBytes, tagsCodes: null };
    const { frames, count } = broker.store.read(topic.topicName, queueId, entry.offset, limits);
    const gone = count === 0 || entry.offset < broker.store.offsets(topic.topicName, queueId).min;
    if (gone || !matches(taking.subscription, frames)) {
      queue.acknowledge(entry.offset);
    } else if (entry.attempt > group.retryMaxTimes) {
      putDeadLetter(broker, group.groupName, frames, entry.attempt);
      queue.acknowledge(entry.offset);
    } else {
      const again = queue.redeliver(entry, deliveries.nextReceipt(), termsOf(taking));
      taken.push({ queueId, entry: again, data: frames });
    }
  }
}

function isRenewed(grpc: GrpcBroker, entry: InFlight, now: number): boolean {
  if (entry.renewedFor === null || now >= entry.renewUntil || !grpc.sessions.isConnected(entry.renewedFor)) {
    return false;
  }
  entry.visibleAt = now + renewalMs;
  return true;
}

function takeNew(taking: Taking, queueId: number, queue: QueueDelivery): boolean {
  const { grpc, topic, subscription, taken } = taking;
  for (let read = 0; read < fruitlessReads; read++) {
    const slice = grpc.broker.store.read(topic.topicName, queueId, queue.next, {
      messages: taking.most - taken.length,
      bytes: mostBytes,
      tagsCodes: subscription?.codes ?? null,
    });
    for (const data of framesIn(slice.frames)) {
      if (!matches(subscription, data)) continue;
      const entry = queue.deliver(queueOffsetOf(data), grpc.deliveries.nextReceipt(), termsOf(taking));
      taken.push({ queueId, entry, data });
    }
    const moved = slice.nextOffset > queue.next || slice.count > 0;
    queue.skipTo(slice.nextOffset);
    if (!moved || taken.length >= taking.most) return false;
    if (subscription === null) return false;
  }
  return true;
}

function termsOf({ now, invisibleMs, renewedFor, attemptId }: Taking): Terms {
  return {
    visibleAt: now + invisibleMs,
    renewedFor,
    renewUntil: now + longestRenewalMs,
    attemptId,
  };
}
