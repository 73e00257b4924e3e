import { distance } from 'fastest-levenshtein';

const sorted = (text: string): string => Array.from(text).sort().join('');

/** Letters in another order, like `paht`, are one slip and not two. */
const slips = (a: string, b: string): number => (sorted(a) === sorted(b) && a !== b ? 1 : distance(a, b));

const normal = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, '');

/** The known name that was probably meant; undefined where none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const given = normal(name);
  let best: { name: string; far: number } | undefined;
  for (const candidate of known) {
    const far = slips(given, normal(candidate));
    const limit = Math.max(1, Math.floor(Math.max(given.length, candidate.length) / 3));
    if (far <= limit && (best === undefined || far < best.far)) best = { name: candidate, far };
  }
  return best?.name;
}

/** What to do about an unknown name: the one that was probably meant, else all there are. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const near = nearest(name, known);
  if (near !== undefined) return `did you mean ${near}?`;
  return known.length === 0 ? undefined : `known: ${known.join(', ')}`;
}
