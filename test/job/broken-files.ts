import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { plugins } from '../../connectors/index.js';
import { loadJobs } from '../../src/job/load.js';
import { renderProblem } from '../../src/job/problem.js';
import type { Loaded } from '../../src/job/definition.js';
import { vault } from './vault-plugin.js';

/** The fixtures stand in the sources: the compiled tests are two folders further down. */
export const brokenFolder = fileURLToPath(new URL('../../../test/job/broken/', import.meta.url));

const env = { WORD: 'abc', NUMBER: '5', EMPTY: '', SECRET_VALUE: 'hunter2secret' };

export async function brokenFiles(): Promise<readonly string[]> {
  return (await readdir(brokenFolder)).filter((name) => name.endsWith('.yaml')).sort();
}

/** Loads a fixture as its `# --set …` comments say. */
export async function loadBroken(name: string): Promise<Loaded> {
  const file = path.join(brokenFolder, name);
  const text = await readFile(file, 'utf8');
  const set = [...text.matchAll(/^# --set (.*)$/gm)].map(([, given = '']) => given);
  return loadJobs([file], { plugins: { ...plugins, vault: () => Promise.resolve(vault) }, env, set });
}

/** The problems as a user reads them in the fixture's folder, which is called FOLDER where it is named. */
export function rendered({ problems }: Loaded): string {
  return problems
    .map((problem) => `${renderProblem(problem, brokenFolder)}\n`)
    .join('')
    .replaceAll(brokenFolder.replace(/\/$/, ''), 'FOLDER');
}
