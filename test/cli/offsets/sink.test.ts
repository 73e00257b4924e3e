/** Offsets of sinks that are changed by a person, as processes on the embedded broker. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ClusterAccess } from '../../../src/cli/cluster-access.js';
import { queryLag } from '../../../src/cli/connector-lags.js';
import { queryOffsets } from '../../../src/cli/commands/offsets-show.js';
import { DataDir } from '../../../src/store/index.js';
import { runCli } from '../../rig/cli.js';
import { sinkQueues, type OffsetsShow } from '../../rig/results.js';
import { atEnd } from '../../temp-folder.js';
import { sampleJob } from '../sample-job.js';
import { cliOf, failureOf, type Moved } from './moving.js';

const offsetsOf = (shown: unknown): readonly (number | null)[] =>
  sinkQueues(shown as OffsetsShow).map(({ offset }) => offset);

test('offsets of a sink are moved, kept in a backup, and brought back; members keep it from that', async (t) => {
  const job = await sampleJob({ count: 100 });
  atEnd(t, () => job.remove());
  const cli = cliOf(job);
  assert.equal((await runCli([...job.run, '--once'], { cwd: job.folder })).code, 0);
  const show = async (): Promise<readonly (number | null)[]> =>
    offsetsOf(await cli.json('offsets', 'show', 'write'));
  const before = await show();

  const shown = await cli.json<Moved>('offsets', 'set', 'write', '--to', 'earliest');
  assert.equal(shown.applied, false);
  assert.deepEqual(await show(), before);
  const text = await cli.text('offsets', 'set', 'write', '--shift', '-10', '--queue', 'embedded/0', '--yes');
  assert.match(text.stdout, /OLD +NEW +DELTA\n.*100 +90 +-10/);
  assert.match(text.stderr, /to go back: rmq-connect offsets import \S+ --yes --data-dir /);
  assert.deepEqual(await show(), [90, ...before.slice(1)]);
  const backup = /offsets import (\S+)/.exec(text.stderr)?.[1] ?? '';
  assert.equal((await runCli([...job.run, '--once'], { cwd: job.folder })).code, 0);
  const lines = (await readFile(job.output, 'utf8')).split('\n').slice(0, -1);
  assert.equal(lines.length, 110, 'the sink obeys, with the offsets it keeps itself');
  assert.deepEqual(lines.slice(100), lines.slice(90, 100));
  assert.deepEqual(await show(), before);
  await cli.json('offsets', 'set', 'write', '--shift', '-1', '--queue', 'embedded/0', '--yes');
  await cli.json('offsets', 'import', backup, '--yes');
  assert.deepEqual(await show(), before);

  const access = new ClusterAccess(new DataDir(job.dataDir), { announce: true });
  atEnd(t, () => access.close());
  const cluster = await access.open({ kind: 'embedded' });
  const member = await cluster.consumer('connect-write', ['sample']);
  await member.queues();
  const refused = failureOf(await cli.text('offsets', 'reset', 'write', '--yes', '--json'), 1);
  assert.equal(refused.code, 'in_use');
  assert.match(refused.message, /group connect-write of write has 1 member online/);
  const forced = await cli.json<Moved>('offsets', 'reset', 'write', '--yes', '--force');
  assert.deepEqual([forced.applied, forced.obstacles.length], [true, 1]);
  assert.deepEqual(await show(), [0, 0, 0, 0]);
  const forgetting = failureOf(await cli.text('connectors', 'forget', 'write', '--group', '--json'), 1);
  assert.match(forgetting.message, /1 member online/);
  await member.close();
  const forgets = { connector: 'write', group: 'connect-write', removed: [] };
  assert.deepEqual(await cli.json('connectors', 'forget', 'write', '--group'), {
    ...forgets,
    done: false,
    group_deleted: false,
  });
  assert.deepEqual(await show(), [0, 0, 0, 0], 'without --yes nothing is changed');
  assert.deepEqual(await cli.json('connectors', 'forget', 'write', '--group', '--yes'), {
    ...forgets,
    done: true,
    group_deleted: true,
  });
  const [left] = await cluster.admin.groupOffsets('connect-write', ['sample']);
  assert.equal(left?.offset, null);
});

test('a topic that was deleted is named, and so is a file that is damaged, beside what is known', async (t) => {
  const job = await sampleJob({ count: 10 });
  atEnd(t, () => job.remove());
  const cli = cliOf(job);
  assert.equal((await runCli([...job.run, '--once'], { cwd: job.folder })).code, 0);
  const dataDir = new DataDir(job.dataDir);
  const access = new ClusterAccess(dataDir, { announce: true });
  atEnd(t, () => access.close());
  await (await access.open({ kind: 'embedded' })).admin.deleteTopic('sample');
  const reason = 'topic sample does not exist';
  const lag = await queryLag(dataDir, ['write'], Date.now());
  assert.deepEqual(
    lag.report.connectors.map((connector) => [connector.lag.records, connector.reason]),
    [[null, reason]],
  );
  const { result } = await queryOffsets(dataDir, ['write']);
  assert.deepEqual(
    result.connectors.map((connector) => connector.kind === 'sink' && connector.reason),
    [reason],
  );
  const moving = failureOf(await cli.text('offsets', 'set', 'write', '--to', 'latest', '--json'), 1);
  assert.equal(moving.message, reason);

  const damaged = join(dataDir.connector('write').folder, 'definition.json');
  await writeFile(damaged, '{');
  for (const command of ['tasks list', 'connectors list', 'lag', 'offsets show']) {
    const { code, stdout, stderr } = await cli.text(...command.split(' '));
    assert.equal(code, 1, command);
    assert.match(stdout, /make/, command);
    assert.ok(stderr.includes(damaged), `${command}: ${stderr}`);
  }
  const listed = await cli.text('tasks', 'list', '--json');
  const { error } = JSON.parse(listed.stdout) as {
    error: { code: string; result: { tasks: readonly object[] } };
  };
  assert.deepEqual([error.code, error.result.tasks.length], ['corrupt_file', 1]);
  await rm(damaged);
  await writeFile(join(dataDir.connector('make').folder, 'status.json'), '{}');
  const positions = await cli.text('offsets', 'show', 'make');
  assert.equal(positions.code, 1);
  assert.match(positions.stdout, /\{"n":10\}/, 'positions are known without the status');
  await writeFile(join(dataDir.connector('make').folder, 'positions.json'), '{');
  const unknown = await cli.text('offsets', 'show', 'make');
  assert.match(unknown.stdout, /unknown: see the error below/);
});
