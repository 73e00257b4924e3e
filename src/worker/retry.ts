import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable } from './failure.js';

export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** The wait before try number `attempt` (1 is the second try): doubling, with up to a fifth taken off at random. */
export function backoffMs(backoff: Backoff, attempt: number): number {
  const full = Math.min(backoff.maxMs, backoff.firstMs * 2 ** (attempt - 1));
  return full * (1 - Math.random() * 0.2);
}

export interface RetryOptions {
  readonly backoff: Backoff;
  /** Give up, with the last error, when tries have failed for so long. */
  readonly giveUpAfterMs: number;
  /** Ends the waiting; the reason is thrown. */
  readonly signal: AbortSignal;
  /** Called before each wait. */
  readonly onRetry: (error: unknown) => void;
}

/** Runs `attempt` until it works, fails with an error that a retry cannot help, or time is up. */
export async function retrying<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  let firstFailure: number | null = null;
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      options.signal.throwIfAborted();
      firstFailure ??= performance.now();
      if (!isRetryable(error) || performance.now() - firstFailure >= options.giveUpAfterMs) throw error;
      options.onRetry(error);
    }
    await pause(backoffMs(options.backoff, tries), options.signal);
  }
}

/** Rejects when `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
