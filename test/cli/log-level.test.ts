import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startEmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { runCli, type CliResult } from '../rig/cli.js';
import { copyJob } from '../rig/copy-job.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { atEnd } from '../temp-folder.js';

/** A copy over gRPC, whose client would write to the home directory and to the console. */
async function copyOverGrpc(t: TestContext, ...options: readonly string[]): Promise<CliResult> {
  const dir = await ownedFolder('log-level-broker');
  atEnd(t, () => removeFolder(dir));
  const broker = await startEmbeddedBroker({ dir, grpcPort: 0 });
  atEnd(t, () => broker.close());
  const { endpoints = '' } = broker;
  const job = await copyJob({ lines: 40, endpoints });
  atEnd(t, () => job.remove());
  const home = join(job.folder, 'home');
  await mkdir(home);
  // Without a PATH the client cannot find out the machine's MAC address, and says so.
  const ended = await runCli([...job.runOnce, '--wait', ...options], {
    cwd: job.folder,
    env: { HOME: home, PATH: '' },
  });
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal((await job.arrival()).missing, 0);
  assert.deepEqual(await readdir(home), []);
  assert.equal(ended.stdout, '');
  return ended;
}

test('run --log-level debug tells on stderr what the gRPC client says', async (t) => {
  const { stderr } = await copyOverGrpc(t, '--log-level', 'debug');
  assert.match(stderr, /^\S+ debug rocketmq-client-nodejs: info .+/m);
  assert.match(stderr, /^\S+ info {2}read-lines: finished/m);
});

test('without it there is not one line of the client’s', async (t) => {
  const { stderr } = await copyOverGrpc(t);
  assert.doesNotMatch(stderr, /rocketmq-client|clientId/);
  assert.match(stderr, /^\S+ info {2}read-lines: finished/m);
});

test('run --log-level warn leaves out what went well', async (t) => {
  const { stderr } = await copyOverGrpc(t, '--log-level', 'warn');
  assert.doesNotMatch(stderr, / (info|debug) /);
});
