/** Counts values by fixed upper bounds, as a Prometheus histogram has them. Never forgets: see `Histogram` for the last minutes. */
export class Buckets {
  readonly bounds: readonly number[];
  /** One for each bound, and one for what is above the last. Not cumulative. */
  readonly #counts: Float64Array;
  #sum = 0;
  #count = 0;

  /** `bounds` in rising order; a value belongs to the first that is not below it. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  add(value: number): void {
    let index = 0;
    while (index < this.bounds.length && value > (this.bounds[index] ?? Infinity)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
    this.#count += 1;
  }

  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#count;
  }

  /** For each bound, how many values were not above it. */
  cumulative(): readonly number[] {
    let total = 0;
    return this.bounds.map((_, index) => (total += this.#counts[index] ?? 0));
  }
}
