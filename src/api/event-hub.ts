import type { WorkerEvent } from '../worker/worker.js';

/** One that happened, and when; numbers count from 1. */
export interface NumberedEvent {
  readonly id: number;
  readonly at: string;
  readonly event: WorkerEvent;
}

/** So many are kept for those who come back. */
const kept = 1_000;

/** Passes a worker's events on to whoever listens. */
export class EventHub {
  #last = 0;
  readonly #recent: NumberedEvent[] = [];
  readonly #listeners = new Set<(event: NumberedEvent) => void>();

  tell(event: WorkerEvent): void {
    const numbered = { id: (this.#last += 1), at: new Date().toISOString(), event };
    this.#recent.push(numbered);
    if (this.#recent.length > kept) this.#recent.shift();
    for (const listener of this.#listeners) listener(numbered);
  }

  /** Those after a number that are still known, then all that follow, until `signal` aborts. */
  follow(after: number, listener: (event: NumberedEvent) => void, signal: AbortSignal): void {
    for (const event of this.#recent) if (event.id > after) listener(event);
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
  }

  /** The number of the last one. */
  get last(): number {
    return this.#last;
  }
}
