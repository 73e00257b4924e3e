import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Problem } from './definition.js';
import { problemAt } from './problem.js';

const isJobFile = (name: string): boolean => /\.ya?ml$/i.test(name) && !name.startsWith('.');

/** The job files at the paths, absolute, each once: files as they are given, those of a folder by name. */
export async function jobFiles(
  paths: readonly string[],
): Promise<{ files: readonly string[]; problems: readonly Problem[] }> {
  const files = new Set<string>();
  const problems: Problem[] = [];
  for (const given of paths) {
    const absolute = path.resolve(given);
    const fail = (message: string, hint: string): void => {
      problems.push(problemAt({ file: absolute, line: 1, column: 1 }, '', message, { hint }));
    };
    try {
      if (!(await stat(absolute)).isDirectory()) {
        files.add(absolute);
        continue;
      }
      const names = (await readdir(absolute)).filter(isJobFile).sort();
      if (names.length === 0) fail('there is no job file in the folder', 'job files end in .yaml or .yml');
      for (const name of names) files.add(path.join(absolute, name));
    } catch (error) {
      fail(reason(error), 'check the path');
    }
  }
  return { files: [...files], problems };
}

/** The text of a file, or why there is none. */
export async function readText(file: string): Promise<string | Problem> {
  const at = { file, line: 1, column: 1 };
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof TypeError) {
      return problemAt(at, '', 'the file is not UTF-8 text', { hint: 'save it as UTF-8' });
    }
    return problemAt(at, '', reason(error), { hint: 'check the path' });
  }
}

function reason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return code === 'ENOENT' ? 'there is no such file or folder' : `the file cannot be read (${code})`;
}
