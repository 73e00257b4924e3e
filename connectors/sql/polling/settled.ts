import type { Frontier, Reader } from './reader.js';

/**
 * How far rows may be read. Values are given before their transactions commit, so a smaller one may appear
 * behind a greater: what is below the greatest value that is seen is read only after `lagMs`, and after all
 * transactions have ended that went on then, as far as the database tells.
 */
export class Settled {
  readonly #column: string;
  readonly #lagMs: number;
  #waiting: (Frontier & { readonly since: number }) | null = null;

  constructor(column: string, lagMs: number) {
    this.#column = column;
    this.#lagMs = lagMs;
  }

  /** Milliseconds until asking again makes sense. */
  get waitMs(): number {
    return this.#waiting === null ? 0 : Math.max(0, this.#waiting.since + this.#lagMs - performance.now());
  }

  get isWaiting(): boolean {
    return this.#waiting !== null;
  }

  /** The next value to read up to; undefined: none is settled yet; null: there is no row. */
  async next(reader: Reader): Promise<string | null | undefined> {
    this.#waiting ??= { ...(await reader.frontier(this.#column)), since: performance.now() };
    const { value, horizon } = this.#waiting;
    if (value !== null) {
      if (this.waitMs > 0) return undefined;
      if (horizon !== null && !(await reader.isPast(horizon))) return undefined;
    }
    this.#waiting = null;
    return value;
  }
}
