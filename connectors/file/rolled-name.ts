import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { fileError, isMissing } from './system-error.js';

/** Where a path has the number of the file; values that are filled in hold no braces. */
export const numberPlace = '{number}';

const digits = 5;

/** The path with a place for a number; by default before the endings: `orders-{number}.csv.gz`. */
export function numbered(path: string, packed: boolean): string {
  if (path.includes(numberPlace)) return path;
  const inner = packed && path.endsWith('.gz') ? path.slice(0, -'.gz'.length) : path;
  const ending = extname(inner);
  const stem = ending === '' ? inner : inner.slice(0, -ending.length);
  return `${stem}-${numberPlace}${ending}${path.slice(inner.length)}`;
}

/** Where the records of a numbered path gather until the file is whole: beside it, hidden from globs. */
export function gatheringPath(path: string): string {
  return join(dirname(path), `.${basename(path).replaceAll(numberPlace, '')}.part`);
}

/** The first name of a numbered path behind all there are in its folder. */
export async function nextName(path: string): Promise<string> {
  const folder = dirname(path);
  const [before = '', after = ''] = basename(path).split(numberPlace);
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw fileError('look into', folder, error);
  });
  let last = 0;
  for (const name of names) {
    if (!name.startsWith(before) || !name.endsWith(after)) continue;
    const number = name.slice(before.length, name.length - after.length);
    if (/^\d+$/.test(number)) last = Math.max(last, Number(number));
  }
  return join(folder, basename(path).replaceAll(numberPlace, String(last + 1).padStart(digits, '0')));
}
