/** How far one clock is ahead of another, and how far off that may be. */
export interface Skew {
  readonly ms: number;
  readonly errorMs: number;
}

/** So many sightings are kept: clocks drift. */
const kept = 60;

/**
 * Estimates how far another machine's clock is ahead of ours, from times that clock showed at a moment of which we know
 * that it lay between two of our own. The narrowest of the last sightings counts.
 */
export class ClockSkew {
  readonly #sightings: Skew[] = [];

  seen(theirs: number, ours: { readonly from: number; readonly to: number }): void {
    const width = Math.max(0, ours.to - ours.from);
    // Both clocks are read in whole milliseconds.
    this.#sightings.push({ ms: theirs - (ours.from + ours.to) / 2, errorMs: width / 2 + 1 });
    if (this.#sightings.length > kept) this.#sightings.shift();
  }

  /** Null: it was never seen. */
  estimate(): Skew | null {
    const [first, ...others] = this.#sightings;
    if (first === undefined) return null;
    return others.reduce((best, one) => (one.errorMs < best.errorMs ? one : best), first);
  }
}

/** The clocks of a cluster's brokers. */
export class ClusterClocks {
  readonly #brokers = new Map<string, ClockSkew>();

  of(broker: string): ClockSkew {
    const clock = this.#brokers.get(broker) ?? new ClockSkew();
    this.#brokers.set(broker, clock);
    return clock;
  }

  /** Of the broker whose clock is furthest from ours. */
  estimate(): Skew | null {
    const known = [...this.#brokers.values()].flatMap((clock) => clock.estimate() ?? []);
    const [first, ...others] = known;
    if (first === undefined) return null;
    return others.reduce((far, one) => (Math.abs(one.ms) > Math.abs(far.ms) ? one : far), first);
  }
}
