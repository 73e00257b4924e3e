/** The middle of some values, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** How many values it is made of. */
  readonly of: number;
}

/** Null for no values. */
export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return null;
  return { median: quantile(sorted, 0.5) ?? min, min, max, of: sorted.length };
}

/**
 * The value below which the part `q` (0 to 1) of the values lies, between two of them where it falls there.
 * `sorted` is in ascending order; null when it is empty.
 */
export function quantile(sorted: readonly number[], q: number): number | null {
  const place = q * (sorted.length - 1);
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return null;
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * What each measured run was to the run of the reference beside it in time. Pairs that miss one of the two,
 * or whose reference is 0, are left out.
 */
export function ratios(
  measured: readonly (number | null | undefined)[],
  reference: readonly (number | null | undefined)[],
): number[] {
  return measured.flatMap((value, round) => {
    const other = reference[round];
    return isNumber(value) && isNumber(other) && other !== 0 ? [value / other] : [];
  });
}

/** What each run was to the one before it of the same program: what a ratio of 1 looks like here. */
export function controlRatios(measured: readonly (number | null | undefined)[]): number[] {
  return ratios(measured.slice(1), measured.slice(0, -1));
}

const isNumber = (value: number | null | undefined): value is number => typeof value === 'number';
