import type { InFlight } from './flow/task-flow.js';

/** What a record takes in memory beside its body, about: its objects, its position, its message. */
export const recordOverheadBytes = 400;

/** Bounds what is in memory: taken without asking, but whoever wants more waits for room first. */
export class Budget {
  readonly #limit: number;
  #used = 0;
  #records = 0;
  #waiting: (() => void)[] = [];

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  take(bytes: number, records: number): void {
    this.#used += bytes;
    this.#records += records;
  }

  give(bytes: number, records: number): void {
    this.#used -= bytes;
    this.#records -= records;
    if (this.#used < this.#limit) this.#wake();
  }

  /** What is taken and not given back; `bytes` are those of bodies. */
  get held(): InFlight {
    return { records: this.#records, bytes: this.#used - this.#records * recordOverheadBytes };
  }

  /** Resolves when there is room, or when `signal` aborts. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#used >= this.#limit && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done);
          resolve();
        };
        signal.addEventListener('abort', done, { once: true });
        this.#waiting.push(done);
      });
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
