import type { FailureAt } from '../store/index.js';
import { failureOf } from './failure.js';

/** Failures that are kept with their time. */
const kept = 20;

/** What went wrong with a task or a connector: how often, what last, and when it had to be started anew. */
export class FailureLog {
  #count = 0;
  #last: FailureAt | null = null;
  #ends: FailureAt[] = [];

  /** All failures, those that a try in place got over also. */
  get count(): number {
    return this.#count;
  }

  /** The last failure; null once `over` was called after it. */
  get last(): FailureAt | null {
    return this.#last;
  }

  /** Whether the last failure ended a run, and is not one of something that is tried again in place. */
  get hasEnded(): boolean {
    return this.#last !== null && this.#last === this.#ends.at(-1);
  }

  /** The failures that ended a run, oldest first: the last twenty. */
  get ends(): readonly FailureAt[] {
    return this.#ends;
  }

  noted(error: unknown): FailureAt {
    this.#count += 1;
    return (this.#last = { ...failureOf(error), at: new Date().toISOString() });
  }

  ended(error: unknown): FailureAt {
    const failure = this.noted(error);
    this.#ends = [...this.#ends, failure].slice(-kept);
    return failure;
  }

  over(): void {
    this.#last = null;
  }
}
