/** The benchmark runs, and counts what arrives: without Java, on the embedded broker. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ScenarioResult } from '../../bench/results.js';
import { outputOf } from '../rig/command.js';
import { spawnOwned } from '../rig/owned.js';
import { projectRoot } from '../rig/project.js';
import { temporaryFolder } from '../temp-folder.js';

const bench = join(projectRoot, 'dist/bench/bench.js');

async function runBench(args: readonly string[]) {
  const child = spawnOwned(process.execPath, [bench, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  return outputOf(child);
}

test('two quick scenarios on the embedded broker', { timeout: 240_000 }, async (t) => {
  const json = join(await temporaryFolder(t), 'result.json');
  const quick = ['--quick', '--rounds', '1', '--on', 'embedded', '--against', 'bare-pull', '--json', json];
  const { code, stdout, stderr } = await runBench(['file-to-topic', 'topic-to-file', ...quick]);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^file-to-topic: /m);
  assert.match(stdout, /^rmq-connect \/ bare-pull, records\/s: /m);
  const { results, failures } = JSON.parse(await readFile(json, 'utf8')) as {
    results: ScenarioResult[];
    failures: unknown[];
  };
  assert.deepEqual(failures, []);
  const sides = results.map(({ scenario, sides }) => [scenario, sides.map(({ name }) => name)]);
  assert.deepEqual(sides, [
    ['file-to-topic', ['rmq-connect']],
    ['topic-to-file', ['rmq-connect', 'bare-pull']],
  ]);
  for (const { median } of results.flatMap((result) => result.sides)) {
    assert.ok((median.first_record_ms ?? 0) > 0, JSON.stringify(median));
  }
});

test('what it does not know is told, with 2', async () => {
  const { code, stderr } = await runBench(['no-such-scenario']);
  assert.equal(code, 2);
  assert.match(stderr, /there is no scenario no-such-scenario; --list shows those there are/);
});
