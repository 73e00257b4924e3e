import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import picomatch from 'picomatch';
import { escapePath, glob, isDynamicPattern } from 'tinyglobby';
import { fileError, isMissing } from './system-error.js';

/** What the `path` of a source leads to now. */
export interface MatchedFiles {
  /**
   * The files by their partition's name, which is their path relative to the job file, with `/` between
   * its parts; sorted. A path that is no glob is among them even when nothing is there yet.
   */
  readonly partitions: readonly string[];
  /** Paths that lead to nothing yet. */
  readonly empty: readonly string[];
}

/** The path with a glob for all files of a folder in the place of each folder. */
export async function withFolders(
  path: string | readonly string[],
  baseDir: string,
): Promise<readonly string[]> {
  const patterns = typeof path === 'string' ? [path] : path;
  return Promise.all(
    patterns.map(async (pattern) => {
      const isFolder = pattern.endsWith('/') || (await whatIsAt(resolve(baseDir, pattern))) === 'folder';
      return isFolder ? `${escapePath(pattern.replace(/\/+$/, ''))}/*` : pattern;
    }),
  );
}

/** `accepts`: whether a file that was found, by its absolute path, is one to be read. */
export async function matchFiles(
  path: string | readonly string[],
  baseDir: string,
  accepts: (file: string) => Promise<boolean> = () => Promise.resolve(true),
): Promise<MatchedFiles> {
  const partitions = new Set<string>();
  const empty: string[] = [];
  for (const pattern of await withFolders(path, baseDir)) {
    const there = await whatIsAt(resolve(baseDir, pattern));
    if (there === 'file' || !isDynamicPattern(pattern)) {
      partitions.add(partitionAt(resolve(baseDir, pattern), baseDir));
      if (there === undefined) empty.push(pattern);
    } else {
      const found = await search(pattern, baseDir);
      if (found.length === 0) empty.push(pattern);
      for (const file of found) if (await accepts(file)) partitions.add(partitionAt(file, baseDir));
    }
  }
  return { partitions: Array.from(partitions).sort(), empty };
}

/** Whether a file at an absolute path would be found, were it there. */
export function matcher(path: string | readonly string[], baseDir: string): (file: string) => boolean {
  const patterns = (typeof path === 'string' ? [path] : path).map((pattern) =>
    resolve(baseDir, pattern).split(sep).join('/'),
  );
  const matches = picomatch(patterns);
  return (file) => matches(file.split(sep).join('/'));
}

const partitionAt = (file: string, baseDir: string): string => relative(baseDir, file).split(sep).join('/');

export const pathOf = (partition: string, baseDir: string): string => resolve(baseDir, partition);

async function whatIsAt(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError('look at', path, error);
  }
}

async function search(pattern: string, baseDir: string): Promise<string[]> {
  const found = await glob(pattern, { cwd: baseDir, absolute: true, expandDirectories: false });
  return found.map((file) => resolve(file));
}

/** The folders that globs search in, down to their first part that is not fixed; relative paths stay so. */
export function fixedFolders(path: string | readonly string[]): string[] {
  return (typeof path === 'string' ? [path] : path)
    .filter((pattern) => isDynamicPattern(pattern))
    .map((pattern) => {
      const parts = pattern.split('/');
      const fixed = parts.slice(0, -1).findIndex((part) => isDynamicPattern(part));
      const folder = parts.slice(0, fixed < 0 ? -1 : fixed).join('/');
      return folder === '' && pattern.startsWith('/') ? '/' : folder === '' ? '.' : folder;
    });
}
