import type { Rates } from '../../store/index.js';

const windows = { now: 10, m1: 60, m10: 600 } as const;
const slots = windows.m10;

/**
 * Counts a second over sliding windows of whole seconds, the one that has begun included. Shorter than a window, it is
 * the mean since the start. Adding and reading cost the same however wide the windows are. Times are of a clock that
 * does not go back.
 */
export class Rate {
  readonly #counts = new Float64Array(slots);
  readonly #sums = { now: 0, m1: 0, m10: 0 };
  readonly #start: number;
  #second: number;

  constructor(nowMs: number) {
    this.#second = Math.floor(nowMs / 1000);
    this.#start = nowMs;
  }

  add(count: number, nowMs: number): void {
    this.#advance(nowMs);
    const slot = this.#second % slots;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + count;
    this.#sums.now += count;
    this.#sums.m1 += count;
    this.#sums.m10 += count;
  }

  /** Null in the first second: there is nothing to go by yet. */
  read(nowMs: number): Rates {
    this.#advance(nowMs);
    return {
      now: this.#perSecond('now', nowMs),
      m1: this.#perSecond('m1', nowMs),
      m10: this.#perSecond('m10', nowMs),
    };
  }

  #perSecond(window: keyof Rates, nowMs: number): number | null {
    const seconds = Math.min((nowMs - this.#start) / 1000, windows[window] - 1 + (nowMs % 1000) / 1000);
    return seconds < 1 ? null : this.#sums[window] / seconds;
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second - this.#second >= slots) {
      this.#counts.fill(0);
      for (const window of ['now', 'm1', 'm10'] as const) this.#sums[window] = 0;
      this.#second = second;
    }
    while (this.#second < second) {
      this.#second += 1;
      for (const window of ['now', 'm1', 'm10'] as const) {
        // What fell out of the window just now. Counts are whole numbers, so the sums stay exact.
        this.#sums[window] -= this.#counts[(this.#second - windows[window] + slots) % slots] ?? 0;
      }
      this.#counts[this.#second % slots] = 0;
    }
  }
}
