import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startCli, type RunningCli } from '../rig/cli.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';

/** A job of which nothing can run: its topic does not exist, and may not be made. */
async function hopeless(t: TestContext, ...options: readonly string[]): Promise<RunningCli> {
  const folder = await temporaryFolder(t);
  await writeFile(
    join(folder, 'job.yaml'),
    `create_topics: false
connectors:
  make: { source: generate, topic: nowhere, config: { rate: 10 } }
  write: { sink: file, topic: nowhere, config: { path: ./out.txt } }
`,
  );
  const running = startCli(['run', 'job.yaml', ...options], { cwd: folder });
  atEnd(t, () => running.kill());
  return running;
}

test('run exits 1 when everything has failed for good', async (t) => {
  const { code, stderr } = await (await hopeless(t)).ended;
  assert.equal(code, 1);
  assert.match(stderr, /make, write failed|write, make failed/);
});

test('run --exit-on never stays until it is stopped, and exits 1 then', async (t) => {
  const running = await hopeless(t, '--exit-on', 'never');
  await running.printed(/nothing is left that runs; waiting to be stopped/);
  running.signal('SIGTERM');
  assert.equal((await running.ended).code, 1);
});
