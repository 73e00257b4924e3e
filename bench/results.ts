import { figureNames, type Figure, type Figures } from './figures.js';
import type { Bar, Scenario } from './scenario.js';
import { controlRatios, ratios, spreadOf, type Spread } from './statistics.js';

export interface SideResult {
  readonly name: string;
  /** Of each round. */
  readonly runs: readonly Figures[];
  /** Of each figure by itself. */
  readonly median: Figures;
}

export interface RatioResult {
  readonly figure: Figure;
  /** The reference; the measured side itself for the control. */
  readonly to: string;
  /** Of each pair of runs. */
  readonly runs: readonly number[];
  /** Null: there was no pair. */
  readonly spread: Spread | null;
}

export interface BarResult {
  readonly bar: Bar;
  /** What the bar is held against; null: it was not measured. */
  readonly value: number | null;
  /** Null: it was not measured. */
  readonly holds: boolean | null;
}

export interface ScenarioResult {
  readonly scenario: string;
  readonly about: string;
  /** The first is the measured one. */
  readonly sides: readonly SideResult[];
  readonly ratios: readonly RatioResult[];
  /** What each run of the measured side was to the one before it; null for a single round. */
  readonly control: RatioResult | null;
  readonly bars: readonly BarResult[];
}

export interface Runs {
  readonly name: string;
  readonly runs: readonly Figures[];
}

/** Differs less than rates do where other programs use the machine, too. */
const cost: Figure = 'cpu_s_per_million';

/** Makes sense of the runs of the sides of a scenario, the measured one first. */
export function resultOf(
  { name, about, compares, bars }: Pick<Scenario, 'name' | 'about' | 'compares' | 'bars'>,
  sides: readonly Runs[],
): ScenarioResult {
  const [measured] = sides;
  if (measured === undefined) throw new Error('nothing was measured');
  const ratioTo = (reference: Runs, figure: Figure): RatioResult =>
    ratioResult(figure, reference.name, ratios(column(measured, figure), column(reference, figure)));
  const control = controlRatios(column(measured, compares));
  return {
    scenario: name,
    about,
    sides: sides.map((side) => ({ ...side, median: medians(side.runs) })),
    ratios: sides
      .slice(1)
      .flatMap((reference) => [compares, cost].map((figure) => ratioTo(reference, figure)))
      .filter(({ figure, spread }) => figure !== cost || spread !== null),
    control: control.length === 0 ? null : ratioResult(compares, measured.name, control),
    bars: bars.map((bar) => {
      if (!('against' in bar)) return held(bar, spreadOf(numbers(measured, bar.figure))?.median ?? null);
      const against = typeof bar.against === 'string' ? [bar.against] : bar.against;
      const medians = against.map((wanted) => {
        const reference = sides.slice(1).find(({ name: its }) => its === wanted);
        return reference === undefined ? null : ratioTo(reference, bar.figure ?? compares).spread?.median;
      });
      const known = medians.filter((median) => typeof median === 'number');
      // To the slowest it is the highest; which that is is known only where all were measured.
      return held(bar, known.length < against.length ? null : Math.max(...known));
    }),
  };
}

function held(bar: Bar, value: number | null): BarResult {
  if (value === null) return { bar, value, holds: null };
  return { bar, value, holds: 'atMost' in bar ? value <= bar.atMost : value >= bar.atLeast };
}

const ratioResult = (figure: Figure, to: string, runs: readonly number[]): RatioResult => ({
  figure,
  to,
  runs,
  spread: spreadOf(runs),
});

/** A figure that a run lacks is lacking in the median only where all runs lack it. */
function medians(runs: readonly Figures[]): Figures {
  const named = figureNames.flatMap((name): [Figure, number | null][] => {
    const values = runs.map((run) => run[name]).filter((value) => value !== undefined);
    if (values.length === 0) return [];
    return [[name, spreadOf(values.filter((value) => value !== null))?.median ?? null]];
  });
  return Object.fromEntries(named);
}

const column = (side: Runs, figure: Figure): (number | null | undefined)[] =>
  side.runs.map((run) => run[figure]);

const numbers = (side: Runs, figure: Figure): number[] =>
  column(side, figure).filter((value) => typeof value === 'number');
