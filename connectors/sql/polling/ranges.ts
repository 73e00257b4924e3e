import type { KeyRange } from './reader.js';

/** More are a sign of keys with gaps. */
const mostRanges = 10_000n;

/**
 * Ranges of so many keys, at multiples of that: they stay the same when rows are added, so that what was read
 * of each is true for ever. Null: the keys lie too far apart.
 */
export function rangesOf(
  column: string,
  least: string,
  greatest: string,
  width: number,
): readonly KeyRange[] | null {
  const step = BigInt(width);
  const first = floorTo(BigInt(least), step);
  const last = floorTo(BigInt(greatest), step);
  if ((last - first) / step >= mostRanges) return null;
  const ranges: KeyRange[] = [];
  for (let from = first; from <= last; from += step) {
    ranges.push({ column, from: String(from), to: String(from + step) });
  }
  return ranges;
}

const floorTo = (value: bigint, step: bigint): bigint => {
  const rest = value % step;
  return value - (rest < 0n ? rest + step : rest);
};

/** `public.orders[100000,200000)` */
export const partitionName = (name: string, range: KeyRange | null): string =>
  range === null ? name : `${name}[${range.from},${range.to})`;
