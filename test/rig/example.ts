import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runCli } from './cli.js';
import { ownedFolder, removeFolder } from './owned.js';
import { projectRoot } from './project.js';

/** A folder with a copy of `examples/`, until the test is over. */
export async function copiedExamples(t: TestContext): Promise<string> {
  const folder = await ownedFolder('example');
  t.after(() => removeFolder(folder));
  await cp(join(projectRoot, 'examples'), join(folder, 'examples'), { recursive: true });
  return folder;
}

/** Runs a job of `examples/` to its end, that many times; what it printed to stdout. */
export async function runExample(
  t: TestContext,
  name: string,
  times: number,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = await copiedExamples(t);
  let printed = '';
  for (let run = 0; run < times; run += 1) {
    const { code, stdout, stderr } = await runCli(['run', join('examples', name), '--once'], {
      cwd: folder,
      env,
    });
    assert.equal(code, 0, stderr);
    printed += stdout;
  }
  return printed;
}
