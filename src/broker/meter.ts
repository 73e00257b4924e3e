/** Counts, and tells how many a second there were lately. Rates are 0 until two samples were taken. */
export class Meter {
  readonly #samples: { at: number; count: number }[] = [];
  readonly #kept: number;
  #count = 0;

  /** `kept`: how many samples are looked back. */
  constructor(kept: number) {
    this.#kept = kept;
  }

  get count(): number {
    return this.#count;
  }

  add(count: number): void {
    this.#count += count;
  }

  sample(now: number): void {
    this.#samples.push({ at: now, count: this.#count });
    if (this.#samples.length > this.#kept) this.#samples.shift();
  }

  /** Over the last so many seconds, or as long as there are samples. */
  perSecond(seconds: number): number {
    const last = this.#samples.at(-1);
    const first = this.#samples.find((sample) => last !== undefined && last.at - sample.at <= seconds * 1000);
    if (last === undefined || first === undefined || last.at === first.at) return 0;
    return ((last.count - first.count) * 1000) / (last.at - first.at);
  }
}

/** Meters that are made when first counted with, and removed after a while of silence. */
export class Meters {
  readonly #meters = new Map<string, { meter: Meter; samplesLeft: number }>();
  readonly #kept: number;

  constructor(kept: number) {
    this.#kept = kept;
  }

  add(name: string, count: number): void {
    let entry = this.#meters.get(name);
    if (entry === undefined) {
      entry = { meter: new Meter(this.#kept), samplesLeft: 0 };
      // A rate starts from before the first count.
      entry.meter.sample(Date.now());
      this.#meters.set(name, entry);
    }
    entry.samplesLeft = this.#kept;
    entry.meter.add(count);
  }

  sample(now: number): void {
    for (const [name, entry] of this.#meters) {
      entry.meter.sample(now);
      if (entry.samplesLeft-- === 0) this.#meters.delete(name);
    }
  }

  perSecond(name: string, seconds: number): number {
    return this.#meters.get(name)?.meter.perSecond(seconds) ?? 0;
  }
}
