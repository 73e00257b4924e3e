import type { Figure, Figures } from './figures.js';
import type { Places } from './places/places.js';

/** One way to do the job of a scenario. */
export interface Side {
  /** One run, from nothing to everything at the far end. Rejects, saying why, where it cannot do it. */
  run(): Promise<Figures>;
}

export interface NamedSide {
  readonly name: string;
  /** Starts what it needs, once. */
  open(): Promise<Side>;
}

/** What is promised: a ratio to a reference, or to the slowest of several; or a figure of the measured side. */
export type Bar =
  | { readonly against: string | readonly string[]; readonly figure?: Figure; readonly atLeast: number }
  | { readonly figure: Figure; readonly atMost: number }
  | { readonly figure: Figure; readonly atLeast: number };

/** What a scenario runs on, and where its files may be. */
export interface Stage {
  readonly places: Places;
  /** A folder of its own, removed after it. */
  readonly folder: string;
  /** Fewer records, for a look and for tests: figures of such a run say little. */
  readonly quick: boolean;
  /** Where workers leave CPU profiles; null: they make none. */
  readonly profiles: string | null;
}

export interface Prepared {
  readonly measured: NamedSide;
  readonly references: readonly NamedSide[];
}

export interface Scenario {
  /** As it is given on the command line. */
  readonly name: string;
  /** One line: what is moved from where to where. */
  readonly about: string;
  /** What ratios are made of. */
  readonly compares: Figure;
  readonly bars: readonly Bar[];
  /** For what takes long: more rounds are not run. */
  readonly mostRounds?: number;
  prepare(stage: Stage): Promise<Prepared>;
}
