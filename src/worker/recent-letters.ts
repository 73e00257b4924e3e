import type { Queue } from '../rocketmq/cluster.js';
import { queueName } from '../rocketmq/queue-name.js';

/** A place in a queue of dead letters. */
export interface LetterTail extends Queue {
  readonly offset: number;
}

/**
 * The ids of the dead letters that were kept last, and from which offsets on the queues hold them: twice
 * `generation` of them at the most, so that a source or sink that comes again to records it has let go
 * of knows them. What may come again is what was under way, which is far less.
 */
export class RecentLetters {
  readonly #generation: number;
  #older = new Set<string>();
  #newer = new Set<string>();
  readonly #ends: Map<string, LetterTail>;
  #olderFrom: readonly LetterTail[];
  #newerFrom: readonly LetterTail[];

  constructor(from: readonly LetterTail[], generation = 10_000) {
    this.#generation = generation;
    this.#ends = new Map(from.map((tail) => [queueName(tail), tail]));
    this.#olderFrom = from;
    this.#newerFrom = from;
  }

  has(id: string): boolean {
    return this.#older.has(id) || this.#newer.has(id);
  }

  /** A queue that was not known before ends here now. */
  opened({ topic, broker, queue }: Queue, offset: number): void {
    const name = queueName({ topic, broker, queue });
    if (this.#ends.has(name)) return;
    const tail = { topic, broker, queue, offset };
    this.#ends.set(name, tail);
    this.#olderFrom = [...this.#olderFrom, tail];
    this.#newerFrom = [...this.#newerFrom, tail];
  }

  /** The queue was read, or filled, up to before `end`. */
  reached({ topic, broker, queue }: Queue, end: number): void {
    const name = queueName({ topic, broker, queue });
    const known = this.#ends.get(name)?.offset ?? 0;
    this.#ends.set(name, { topic, broker, queue, offset: Math.max(known, end) });
  }

  endOf(queue: Queue): number {
    return this.#ends.get(queueName(queue))?.offset ?? 0;
  }

  /** To be called after `reached`. True: `tails` has changed. */
  add(id: string): boolean {
    this.#newer.add(id);
    if (this.#newer.size < this.#generation) return false;
    this.#older = this.#newer;
    this.#olderFrom = this.#newerFrom;
    this.#newer = new Set();
    this.#newerFrom = [...this.#ends.values()];
    return true;
  }

  /** Where to read from to know them all again. */
  get tails(): readonly LetterTail[] {
    return this.#olderFrom;
  }
}
