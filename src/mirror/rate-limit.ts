import { setTimeout as delay } from 'node:timers/promises';

/** Holds back so that no more than so much passes in a second; what is owed is waited for before more is read. */
export class RateLimit {
  readonly #perSecond: { readonly records: number | null; readonly bytes: number | null };
  /** When what has passed would have taken until now, by the monotonic clock. */
  #paidUntil = 0;

  constructor(perSecond: { readonly records: number | null; readonly bytes: number | null }) {
    this.#perSecond = perSecond;
  }

  /** So much has passed. */
  passed(records: number, bytes: number): void {
    const { records: mostRecords, bytes: mostBytes } = this.#perSecond;
    if (mostRecords === null && mostBytes === null) return;
    const seconds = Math.max(
      mostRecords === null ? 0 : records / mostRecords,
      mostBytes === null ? 0 : bytes / mostBytes,
    );
    this.#paidUntil = Math.max(this.#paidUntil, performance.now()) + seconds * 1_000;
  }

  /** Resolves when more may pass. Rejects when `signal` aborts. */
  async room(signal: AbortSignal): Promise<void> {
    const waitMs = this.#paidUntil - performance.now();
    if (waitMs > 1) await delay(waitMs, undefined, { signal });
  }
}
