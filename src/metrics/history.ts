import type { Observed } from './observed.js';

const sampleEveryMs = 5_000;
/** A quarter of an hour. */
const kept = 180;

/** Numbers of one connector, one for each time in `HistoryView.at`; null where they are not known. */
export interface Track {
  /** Records a second since the time before. */
  readonly rate: readonly (number | null)[];
  readonly lag_records: readonly (number | null)[];
  readonly lag_seconds: readonly (number | null)[];
}

export interface HistoryView {
  /** ISO 8601, oldest first. */
  readonly at: readonly string[];
  readonly connectors: Readonly<Record<string, Track>>;
}

interface Sample {
  readonly at: number;
  readonly connectors: ReadonlyMap<
    string,
    { readonly records: number; readonly lagRecords: number | null; readonly lagSeconds: number | null }
  >;
}

/** The last quarter of an hour, for charts where no Prometheus keeps it. */
export class History {
  readonly #look: () => Observed;
  readonly #samples: Sample[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(look: () => Observed) {
    this.#look = look;
  }

  start(): void {
    this.sample(Date.now());
    this.#timer = setInterval(() => {
      this.sample(Date.now());
    }, sampleEveryMs);
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  sample(at: number): void {
    const connectors = this.#look().connectors.map(
      ({ status, lag }) =>
        [
          status.connector,
          { records: status.records, lagRecords: lag.records, lagSeconds: lag.seconds },
        ] as const,
    );
    this.#samples.push({ at, connectors: new Map(connectors) });
    if (this.#samples.length > kept) this.#samples.shift();
  }

  /** Of those that are there now. */
  view(): HistoryView {
    const samples = this.#samples;
    const names = this.#look().connectors.map(({ status }) => status.connector);
    return {
      at: samples.map(({ at }) => new Date(at).toISOString()),
      connectors: Object.fromEntries(names.map((name) => [name, this.#track(name)])),
    };
  }

  #track(name: string): Track {
    const of = this.#samples.map(({ at, connectors }) => ({ at, one: connectors.get(name) ?? null }));
    return {
      rate: of.map(({ at, one }, index) => {
        const before = of[index - 1];
        // One that was made anew counts from 0 again.
        const earlier = before?.one ?? null;
        if (earlier === null || one === null || one.records < earlier.records) return null;
        return ((one.records - earlier.records) * 1000) / Math.max(1, at - (before?.at ?? at));
      }),
      lag_records: of.map(({ one }) => one?.lagRecords ?? null),
      lag_seconds: of.map(({ one }) => one?.lagSeconds ?? null),
    };
  }
}
