import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The package's own folder: the nearest one above this file that has a package.json. */
export const projectRoot = findRoot(import.meta.dirname);

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
  return findRoot(parent);
}
