/** Says how many records are due, at a rate a second. A pause is not made up for beyond one second. */
export class Pace {
  readonly #rate: number;
  readonly #now: () => number;
  #since: number;
  #taken = 0;

  /** `now` counts milliseconds. */
  constructor(rate: number, now: () => number = () => performance.now()) {
    this.#rate = rate;
    this.#now = now;
    this.#since = now();
  }

  /** Takes up to `most` of what is due. */
  take(most: number): number {
    const behind = this.#due() - this.#taken;
    if (behind > this.#rate + most) this.#restart();
    const taken = Math.max(0, Math.min(most, this.#due() - this.#taken));
    this.#taken += taken;
    return taken;
  }

  /** Milliseconds until one is due. */
  wait(): number {
    return this.#since + ((this.#taken + 1) / this.#rate) * 1000 - this.#now();
  }

  #due(): number {
    return Math.floor(((this.#now() - this.#since) / 1000) * this.#rate);
  }

  #restart(): void {
    this.#since = this.#now() - 1000;
    this.#taken = 0;
  }
}
