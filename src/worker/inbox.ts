import { Budget, recordOverheadBytes } from './budget.js';
import type { InFlight } from './flow/task-flow.js';
import type { Fetched, Queue } from '../rocketmq/cluster.js';

/** Messages of one queue, in its order, that are written as one. */
export interface Delivery {
  readonly queue: Queue;
  readonly fetched: Fetched;
  readonly bytes: number;
}

/** What was fetched and waits to be written: filled by one loop a queue, emptied by one writer. */
export class Inbox {
  readonly #budget: Budget;
  #deliveries: Delivery[] = [];
  #wake: (() => void) | null = null;

  constructor(limitBytes: number, whole: Budget) {
    this.#budget = new Budget(limitBytes, whole);
  }

  /** Resolves when there is room for more, or `signal` aborts. */
  async add(queue: Queue, fetched: Fetched, signal: AbortSignal): Promise<void> {
    let bytes = 0;
    for (const { bodyBytes } of fetched.messages) bytes += bodyBytes + recordOverheadBytes;
    this.#deliveries.push({ queue, fetched, bytes });
    this.#budget.take(bytes, fetched.messages.length);
    this.wake();
    await this.#budget.room(signal);
  }

  /** Resolves with what is there, up to about `maxMessages`; with nothing when woken before anything came. */
  async take(maxMessages: number): Promise<readonly Delivery[]> {
    if (this.#deliveries.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    let count = 0;
    let messages = 0;
    while (count < this.#deliveries.length && messages < maxMessages) {
      messages += this.#deliveries[count]?.fetched.messages.length ?? 0;
      count += 1;
    }
    return this.#deliveries.splice(0, count);
  }

  /** These are written: makes room. */
  done(deliveries: readonly Delivery[]): void {
    for (const { fetched, bytes } of deliveries) this.#budget.give(bytes, fetched.messages.length);
  }

  /** Lets go of what is in it. */
  close(): void {
    this.#deliveries = [];
    this.#budget.close();
  }

  /** What was added and is not done. */
  get held(): InFlight {
    return this.#budget.held;
  }

  /** Makes a waiting `take` return. */
  wake(): void {
    this.#wake?.();
  }

  get isEmpty(): boolean {
    return this.#deliveries.length === 0;
  }
}
