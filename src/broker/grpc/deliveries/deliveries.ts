import type { Broker } from '../../broker.js';
import { QueueDelivery } from './queue-delivery.js';

/**
 * How far the groups are that receive over gRPC, on top of the committed offsets that the remoting side
 * shows and sets. What is in flight is in memory only: after a restart all that was not acknowledged comes
 * again.
 *
 * The committed offset is the lowest one that is not acknowledged. RocketMQ moves it when it delivers, and
 * keeps what is in flight elsewhere; here nothing is lost with the process, and the lag is what is really
 * left to do.
 */
export class Deliveries {
  readonly #broker: Broker;
  /** By `group topic`, then by queue. */
  readonly #queues = new Map<string, QueueDelivery[]>();
  #receipts = 0;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  nextReceipt(): number {
    return ++this.#receipts;
  }

  /** The queue as the group has it; anew where its offset was set by somebody else, or the topic is a new one. */
  queue(group: string, topic: string, queueId: number): QueueDelivery {
    const { offsets, store } = this.#broker;
    const reset = offsets.takeReset(group, topic, queueId);
    const committed = reset ?? offsets.committed(group, topic, queueId);
    const { min, max } = store.offsets(topic, queueId);
    const known = this.find(group, topic, queueId);
    if (known !== undefined && reset === undefined && known.committed === committed && known.next <= max) {
      known.skipTo(min);
      return known;
    }
    const fresh = new QueueDelivery(Math.min(Math.max(committed ?? min, min), max), committed);
    const key = keyOf(group, topic);
    const queues = this.#queues.get(key) ?? [];
    this.#queues.set(key, queues);
    queues[queueId] = fresh;
    return fresh;
  }

  find(group: string, topic: string, queueId: number): QueueDelivery | undefined {
    return this.#queues.get(keyOf(group, topic))?.[queueId];
  }

  /** Brings the committed offset up to what was acknowledged. */
  commit(group: string, topic: string, queueId: number, queue: QueueDelivery): void {
    const { lowest } = queue;
    if (queue.committed === lowest) return;
    if (this.#broker.offsets.commit(group, topic, queueId, lowest)) queue.committed = lowest;
  }

  /** Whether some message of the topic may have become visible again for the group. */
  mayBeVisible(group: string, topic: string, now: number): boolean {
    for (const queue of this.#queues.get(keyOf(group, topic)) ?? []) {
      // Queues nobody received from are holes.
      if ((queue as QueueDelivery | undefined)?.mayBeVisible(now) === true) return true;
    }
    return false;
  }
}

const keyOf = (group: string, topic: string): string => `${group} ${topic}`;
