import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import type { Plugin } from '../../src/sdk/index.js';

/** A folder with the example of a plugin, changed so that it finds the servers of a test; for the tests of a file. */
export async function exampleRoot(
  { example }: Pick<Plugin, 'example'>,
  change: (text: string) => Promise<string>,
): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rmq-connect-example-'));
  after(() => rm(root, { recursive: true, force: true }));
  await mkdir(dirname(join(root, example)), { recursive: true });
  await writeFile(join(root, example), await change(await readFile(example, 'utf8')));
  return root;
}
