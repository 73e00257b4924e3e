/** What a histogram has counted over its window. */
export interface Distribution {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Since the start, as Prometheus has it. */
export interface Totals {
  readonly buckets: readonly {
    /** The bucket's upper bound, itself included; the last one's is Infinity. */
    readonly le: number;
    /** Everything up to the bound. */
    readonly count: number;
  }[];
  readonly count: number;
  readonly sum: number;
}

/** `first`, and so many in all, each `factor` times the one before. */
export function exponentialBounds(first: number, factor: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first * factor ** index);
}

/** From 1 ms to 17 minutes; a quantile is off by less than a half. */
export const latencyBoundsMs = exponentialBounds(1, Math.SQRT2, 41);

/** The window slides by one of these at a time. */
const slices = 6;
const defaultWindowMs = 60_000;

interface Slice {
  readonly counts: Float64Array;
  count: number;
  max: number;
}

/**
 * Counts values, none below 0, in buckets of fixed bounds: since the start, and over a sliding window, for quantiles.
 * Meant to be called once a batch; a call costs a look for the bucket. Times are of a clock that does not go back.
 */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #sliceMs: number;
  readonly #slices: readonly Slice[];
  /** The number of the slice that is being filled, counted since time 0. */
  #at: number;
  readonly #totals: Float64Array;
  #count = 0;
  #sum = 0;

  /** `bounds`: upper ones, ascending. What is above the last is counted apart. */
  constructor(bounds: readonly number[], nowMs: number, windowMs = defaultWindowMs) {
    this.#bounds = bounds;
    this.#sliceMs = windowMs / slices;
    this.#at = Math.floor(nowMs / this.#sliceMs);
    this.#totals = new Float64Array(bounds.length + 1);
    this.#slices = Array.from({ length: slices }, () => ({
      counts: new Float64Array(bounds.length + 1),
      count: 0,
      max: 0,
    }));
  }

  /** `count` times the same value. */
  add(value: number, count: number, nowMs: number): void {
    if (count === 0) return;
    this.#advance(nowMs);
    const bucket = this.#bucketOf(value);
    this.#totals[bucket] = (this.#totals[bucket] ?? 0) + count;
    this.#count += count;
    this.#sum += value * count;
    const slice = this.#slices[this.#at % slices];
    if (slice === undefined) return;
    slice.counts[bucket] = (slice.counts[bucket] ?? 0) + count;
    slice.count += count;
    slice.max = Math.max(slice.max, value);
  }

  totals(): Totals {
    let count = 0;
    const buckets = [...this.#bounds, Infinity].map((le, index) => {
      count += this.#totals[index] ?? 0;
      return { le, count };
    });
    return { buckets, count: this.#count, sum: this.#sum };
  }

  /** Of the last window, or a sixth of it less; null where there was nothing. */
  recent(nowMs: number): Distribution | null {
    this.#advance(nowMs);
    const filled = this.#slices.filter(({ count }) => count > 0);
    if (filled.length === 0) return null;
    const counts = new Float64Array(this.#bounds.length + 1);
    for (const slice of filled)
      slice.counts.forEach((count, index) => (counts[index] = (counts[index] ?? 0) + count));
    const count = filled.reduce((sum, slice) => sum + slice.count, 0);
    const max = Math.max(...filled.map((slice) => slice.max));
    const quantile = (share: number): number => this.#quantile(counts, Math.ceil(count * share), max);
    return { count, p50: quantile(0.5), p99: quantile(0.99), max };
  }

  /** The value of this rank, from 1: somewhere in its bucket, by the share of the bucket that lies below. */
  #quantile(counts: Float64Array, rank: number, max: number): number {
    let below = 0;
    for (const [bucket, count] of counts.entries()) {
      if (below + count < rank) {
        below += count;
        continue;
      }
      const low = this.#bounds[bucket - 1] ?? 0;
      const high = Math.min(this.#bounds[bucket] ?? max, max);
      return low + Math.max(0, high - low) * ((rank - below) / count);
    }
    return max;
  }

  /** The first bound that is not below the value, or the bucket behind all bounds. */
  #bucketOf(value: number): number {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bounds[middle] ?? Infinity) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #advance(nowMs: number): void {
    const now = Math.floor(nowMs / this.#sliceMs);
    const stale = Math.min(now - this.#at, slices);
    for (let step = 1; step <= stale; step += 1) {
      const slice = this.#slices[(this.#at + step) % slices];
      if (slice === undefined) continue;
      slice.counts.fill(0);
      slice.count = 0;
      slice.max = 0;
    }
    if (now > this.#at) this.#at = now;
  }
}
