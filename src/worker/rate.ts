/** Records a second over a sliding window of whole seconds. */
export class Rate {
  readonly #counts: number[] = new Array<number>(windowSeconds).fill(0);
  #second: number;
  readonly #start: number;

  constructor(nowMs: number) {
    this.#second = Math.floor(nowMs / 1000);
    this.#start = nowMs;
  }

  add(count: number, nowMs: number): void {
    this.#advance(nowMs);
    const slot = this.#second % windowSeconds;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + count;
  }

  /** Null in the first second: there is nothing to go by yet. */
  perSecond(nowMs: number): number | null {
    this.#advance(nowMs);
    const seconds = Math.min((nowMs - this.#start) / 1000, windowSeconds - 1 + (nowMs % 1000) / 1000);
    if (seconds < 1) return null;
    return this.#counts.reduce((sum, count) => sum + count, 0) / seconds;
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    const stale = Math.min(second - this.#second, windowSeconds);
    for (let step = 1; step <= stale; step += 1) this.#counts[(this.#second + step) % windowSeconds] = 0;
    if (second > this.#second) this.#second = second;
  }
}

const windowSeconds = 10;
