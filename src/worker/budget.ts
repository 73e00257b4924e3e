import type { InFlight } from './flow/task-flow.js';

/** What a record takes in memory beside its body, about: its objects, its position, its message. */
export const recordOverheadBytes = 400;

/**
 * Bounds what is in memory: taken without asking, but whoever wants more waits for room first. One that is part of a
 * `whole` also waits while that is full, but never for its first piece: what others hold stops nobody.
 */
export class Budget {
  readonly #limit: number;
  readonly #whole: Budget | null;
  #used = 0;
  #records = 0;
  readonly #waiting = new Set<() => void>();

  constructor(limitBytes: number, whole: Budget | null = null) {
    this.#limit = limitBytes;
    this.#whole = whole;
  }

  take(bytes: number, records: number): void {
    this.#used += bytes;
    this.#records += records;
    this.#whole?.take(bytes, records);
  }

  give(bytes: number, records: number): void {
    this.#used -= bytes;
    this.#records -= records;
    if (!this.#isFull) this.#wake();
    this.#whole?.give(bytes, records);
  }

  /** Gives back all that was taken and is not given back: its holder has ended. */
  close(): void {
    if (this.#records > 0 || this.#used > 0) this.give(this.#used, this.#records);
  }

  /** What is taken and not given back; `bytes` are those of bodies. */
  get held(): InFlight {
    return { records: this.#records, bytes: this.#used - this.#records * recordOverheadBytes };
  }

  /** Resolves when there is room, or when `signal` aborts. */
  async room(signal: AbortSignal): Promise<void> {
    // Where some must be given back before there is room.
    const budgets: readonly Budget[] = this.#whole === null ? [this] : [this, this.#whole];
    while (this.#isFull && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done);
          for (const budget of budgets) budget.#waiting.delete(done);
          resolve();
        };
        signal.addEventListener('abort', done, { once: true });
        for (const budget of budgets) budget.#waiting.add(done);
      });
    }
  }

  get #isFull(): boolean {
    if (this.#used >= this.#limit) return true;
    return this.#used > 0 && this.#whole !== null && this.#whole.#isFull;
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
