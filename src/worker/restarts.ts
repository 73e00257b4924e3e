import { isRetryable } from './failure.js';
import { backoffMs, type Backoff } from './retry.js';

/** When to try again, and when to leave it. */
export interface RestartPolicy {
  /** Begins anew after good progress: a run that moved records and lasted longer than the longest pause. */
  readonly backoff: Backoff;
  /** Restarts within `windowMs`, whatever was moved between them; the next failure is for good. */
  readonly maxRestarts: number;
  /** The same where failures may pass by themselves (an unreachable system). */
  readonly maxRetryableRestarts: number;
  readonly windowMs: number;
}

/** Counts the restarts of one task, and says when the next one is due. */
export class Restarts {
  readonly #policy: RestartPolicy;
  /** When the restarts of the last `windowMs` were, by the monotonic clock, by whether they may pass. */
  readonly #times = { passing: [] as number[], lasting: [] as number[] };
  #inARow = 0;

  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /** `ranMs`: how long the run lasted that failed, 0 where it moved nothing. Null: no more restarts. */
  after(error: unknown, ranMs: number): { readonly waitMs: number; readonly count: string } | null {
    const { backoff, windowMs, maxRestarts, maxRetryableRestarts } = this.#policy;
    const kind = isRetryable(error) ? 'passing' : 'lasting';
    const limit = kind === 'passing' ? maxRetryableRestarts : maxRestarts;
    const now = performance.now();
    const times = this.#times[kind].filter((time) => now - time < windowMs);
    this.#times[kind] = times;
    if (times.length >= limit) return null;
    // Without a limit nobody asks how many there were.
    if (Number.isFinite(limit)) times.push(now);
    this.#inARow = ranMs > backoff.maxMs ? 1 : this.#inARow + 1;
    const count = Number.isFinite(limit) ? `restart ${times.length} of ${limit}` : `failure ${this.#inARow}`;
    return { waitMs: backoffMs(backoff, this.#inARow), count };
  }
}
