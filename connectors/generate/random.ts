/** Repeatable random numbers: what comes after `restart(n)` depends on the seed and n alone. */
export class Random {
  readonly #seed: number;
  #state = 0;

  constructor(seed: number) {
    this.#seed = scramble(seed);
  }

  restart(n: number): void {
    const high = Math.floor(n / 0x1_0000_0000);
    this.#state = scramble(this.#seed ^ scramble((n >>> 0) + Math.imul(high, 0x9e3779b9)));
  }

  /** A whole number of 32 bits. */
  bits(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    return scramble(this.#state);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    const fraction = (this.bits() * 0x20_0000 + (this.bits() >>> 11)) / 2 ** 53;
    return low + Math.floor(fraction * (high - low + 1));
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.between(0, choices.length - 1)] ?? choices[0];
  }
}

/** Spreads a change of any bit over all 32 (the finalizer of MurmurHash3, public domain). */
function scramble(value: number): number {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
