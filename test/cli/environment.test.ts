import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { environmentWith } from '../../src/cli/environment.js';
import { temporaryFolder } from '../temp-folder.js';

test('the process comes before files, and later files before earlier ones', async (t) => {
  const folder = await temporaryFolder(t);
  const [first, second] = [join(folder, 'first.env'), join(folder, 'second.env')];
  await writeFile(first, 'RMQ_TEST_A=1\nRMQ_TEST_B="two words" # said\nPATH=/nowhere\n');
  await writeFile(second, 'RMQ_TEST_A=2\n');
  const env = await environmentWith([first, second]);
  assert.equal(env.RMQ_TEST_A, '2');
  assert.equal(env.RMQ_TEST_B, 'two words');
  assert.equal(env.PATH, process.env.PATH);
});

test('a file that is not there is wrong usage', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(environmentWith([join(folder, 'none.env')]), { exitCode: 2, message: /none\.env/ });
});
