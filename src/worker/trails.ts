import type { Queue } from '../rocketmq/cluster.js';
import { queueName } from '../rocketmq/queue-name.js';
import type { StoredMark } from '../store/index.js';
import type { QueueTail } from './islands.js';

/** A parcel on its way: from when it is handed to a lane until a position covers it. */
export interface Underway {
  readonly queue: Queue;
  /** Where its first message is, or, while that is not known, a place before it. */
  offset: number;
}

interface Known {
  readonly queue: Queue;
  end: number;
  first: StoredMark | null;
  last: StoredMark | null;
}

/**
 * Knows how far each queue must be read back after a crash: to the first message that no position covers,
 * which is not before the end that the queue had when it was last heard of.
 */
export class Trails {
  readonly #ends = new Map<string, Known>();
  readonly #underway = new Set<Underway>();
  readonly #held = new Set<Underway>();
  readonly #awaited = new Set<Underway>();
  #releasing = false;

  /** The queue was this long, before anything of ours was sent to it; a later end is kept. */
  opened(queue: Queue, end: number): void {
    const name = queueName(queue);
    if (!this.#ends.has(name)) this.#ends.set(name, { queue, end, first: null, last: null });
  }

  knows(queue: Queue): boolean {
    return this.#ends.has(queueName(queue));
  }

  /** This message of ours is stored in the queue. */
  marked(queue: Queue, mark: StoredMark): void {
    this.opened(queue, mark.offset + 1);
    const known = this.#ends.get(queueName(queue));
    if (known === undefined) return;
    known.first ??= mark;
    if (mark.offset > (known.last?.offset ?? -1)) known.last = mark;
  }

  /** The last message of ours that was noted in the queue. */
  lastOf(queue: Queue): StoredMark | null {
    return this.#ends.get(queueName(queue))?.last ?? null;
  }

  /** A batch of ours was stored up to before `end`. */
  filled(queue: Queue, end: number): void {
    const known = this.#ends.get(queueName(queue));
    if (known === undefined) this.opened(queue, end);
    else known.end = Math.max(known.end, end);
  }

  endOf(queue: Queue): number {
    return this.#ends.get(queueName(queue))?.end ?? 0;
  }

  start(queue: Queue, offset = this.endOf(queue)): Underway {
    const parcel = { queue, offset };
    this.#underway.add(parcel);
    return parcel;
  }

  covered(parcel: Underway): void {
    this.#underway.delete(parcel);
    this.#awaited.delete(parcel);
    if (this.#awaited.size === 0) this.#release();
  }

  /** Their run has ended before they were covered: they are looked for, and kept like `hold` keeps tails. */
  abandon(parcels: Iterable<Underway>): void {
    this.#releasing = false;
    this.#awaited.clear();
    for (const parcel of parcels) if (this.#underway.has(parcel)) this.#held.add(parcel);
  }

  /** Keeps these places until `release`, and until a position covers all that is under way then. */
  hold(tails: readonly QueueTail[]): void {
    for (const tail of tails) this.#held.add(this.start(tail, tail.offset));
  }

  release(): void {
    if (this.#held.size === 0 || this.#releasing) return;
    this.#releasing = true;
    for (const parcel of this.#underway) if (!this.#held.has(parcel)) this.#awaited.add(parcel);
    if (this.#awaited.size === 0) this.#release();
  }

  #release(): void {
    if (!this.#releasing) return;
    this.#releasing = false;
    for (const parcel of this.#held) this.#underway.delete(parcel);
    this.#held.clear();
  }

  get isClean(): boolean {
    return this.#underway.size === 0;
  }

  tails(): QueueTail[] {
    const tails = new Map(
      [...this.#ends].map(([name, { queue, end, first, last }]) => [
        name,
        { topic: queue.topic, broker: queue.broker, queue: queue.queue, offset: end, first, last },
      ]),
    );
    for (const { queue, offset } of this.#underway) {
      const tail = tails.get(queueName(queue));
      if (tail !== undefined) tail.offset = Math.min(tail.offset, offset);
    }
    return [...tails.values()];
  }
}
