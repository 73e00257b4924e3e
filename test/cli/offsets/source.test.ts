/** Positions of sources that are changed by a person, as processes on the embedded broker. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ClusterAccess } from '../../../src/cli/cluster-access.js';
import { tell } from '../../../src/cli/exit-code.js';
import { readJavaPositions } from '../../../src/cli/offsets/java-positions.js';
import type { Move, Planner } from '../../../src/cli/offsets/planner.js';
import { readOffsetsFile } from '../../../src/cli/offsets/offsets-file.js';
import { sinkMover } from '../../../src/cli/offsets/plan-sink-move.js';
import { resetSource, setSource } from '../../../src/cli/offsets/plan-source-move.js';
import { rememberedConnector } from '../../../src/cli/remembered.js';
import type { QueueStats } from '../../../src/rocketmq/cluster.js';
import { DataDir, type StoredPositions } from '../../../src/store/index.js';
import { cliJson, runCli, startCli } from '../../rig/cli.js';
import { until } from '../../rig/until.js';
import { atEnd, temporaryFolder } from '../../temp-folder.js';
import { sampleJob } from '../sample-job.js';
import { cliOf, failureOf, type Moved } from './moving.js';

const partition = '1-of-1';

/** 2,500 records, sent in parcels of 1,000. */
async function ranOnce(t: TestContext) {
  const job = await sampleJob({ count: 2_500 });
  atEnd(t, () => job.remove());
  const cli = cliOf(job);
  const positions = new DataDir(job.dataDir).connector('make').positions;
  const read = async (): Promise<StoredPositions> => {
    const stored = await positions.read();
    assert.ok(stored !== null);
    return stored;
  };
  const queues = async (): Promise<readonly QueueStats[]> => {
    const access = new ClusterAccess(new DataDir(job.dataDir));
    try {
      return (await (await access.open({ kind: 'embedded' })).admin.topic('sample')) ?? [];
    } finally {
      await access.close();
    }
  };
  const sent = async (): Promise<number> => (await queues()).reduce((sum, { max }) => sum + max, 0);
  /** Runs the job, and tells how much it sends. */
  const run = async (): Promise<number> => {
    const before = await sent();
    const ended = await runCli([...job.run, '--once'], { cwd: job.folder });
    assert.equal(ended.code, 0, ended.stderr);
    return (await sent()) - before;
  };
  /** As a kill -9 leaves it whose last positions did not reach the disk. */
  const crashed = async (position: StoredPositions['partitions'][string]['position']): Promise<void> => {
    const stored = await read();
    const known = stored.partitions[partition];
    assert.ok(known !== undefined);
    const tails = (await queues()).map(({ broker, queue }) => {
      return { topic: 'sample', broker, queue, offset: 0, first: null, last: null };
    });
    const partitions = { [partition]: { ...known, position } };
    await positions.write(
      { ...stored, clean: false, writers: ['gone'], tails, partitions },
      { durable: false },
    );
  };
  assert.equal(await run(), 2_500);
  return { job, cli, read, run, crashed };
}

test('a source that was reset after a crash sends all again: its old messages are not taken for arrived', async (t) => {
  const { cli, read, run, crashed } = await ranOnce(t);
  await crashed(null);
  assert.equal(await run(), 0, 'without a reset, all is found to have arrived');
  await crashed({ n: 1_000 });
  assert.equal(await run(), 0, 'from the middle, too');

  await crashed({ n: 2_500 });
  const set = ['offsets', 'set', 'make', '--partition', partition, '--position', '{"n":1000}'];
  const moved = await cli.json<Moved>(...set, '--yes');
  assert.equal(moved.applied, true);
  assert.equal(await run(), 1_500, 'what was sent before it was set has no bearing');
  await crashed({ n: 1_000 });
  assert.equal(await run(), 0, 'what was sent since is found');

  await crashed({ n: 2_500 });
  await cli.json('offsets', 'reset', 'make', '--yes');
  assert.deepEqual((await read()).partitions[partition]?.position, null);
  assert.equal(await run(), 2_500);
  assert.equal((await read()).clean, true);
});

test('nothing changes without --yes; a backup and an export go back', async (t) => {
  const { job, cli, read } = await ranOnce(t);
  const before = await read();
  const shown = await cli.json<Moved>('offsets', 'reset', 'make');
  assert.deepEqual(shown, {
    applied: false,
    backup: null,
    removed: [],
    obstacles: [],
    connectors: [
      {
        connector: 'make',
        kind: 'source',
        changes: [{ partition, old: { n: 2_500 }, new: null, note: null }],
      },
    ],
    left_out: [],
  });
  assert.deepEqual(await read(), before);
  const exported = join(job.folder, 'exported.json');
  await cli.json('offsets', 'export', 'make', '--output', exported);
  const { backup } = await cli.json<Moved>('offsets', 'reset', 'make', '--yes');
  assert.ok(backup?.startsWith(join(job.dataDir, 'backups')) === true);
  for (const file of [backup, exported]) {
    await cli.json('offsets', 'reset', 'make', '--yes');
    await cli.json('offsets', 'import', file, '--yes');
    assert.deepEqual((await read()).partitions[partition]?.position, { n: 2_500 });
  }
  const again = await cli.text('offsets', 'import', backup);
  assert.match(again.stderr, /nothing to change/);
  const renamed = await cli.text('offsets', 'import', backup, '--rename', 'make=nobody');
  assert.equal(renamed.code, 2);
  assert.match(renamed.stderr, /remembers no connector nobody/);
});

test('what makes no sense is refused, and says what does', async (t) => {
  const { job, read } = await ranOnce(t);
  const before = await read();
  const dataDir = new DataDir(job.dataDir);
  const access = new ClusterAccess(dataDir);
  atEnd(t, () => access.close());
  const none: Move = { target: null, topics: [], queues: [], partitions: [], position: null, cleanup: false };
  const one: Move = { ...none, partitions: [partition] };
  const cases: readonly (readonly [string, Planner, Move, RegExp])[] = [
    ['make', setSource, none, /--to earliest, --to latest, or --partition P --position JSON/],
    ['make', setSource, { ...none, target: { shift: 3 } }, /make is a source/],
    ['make', setSource, { ...none, target: { offset: 12 } }, /make is a source/],
    ['make', setSource, { ...none, queues: ['b/0'], target: 'latest' }, /make is a source/],
    ['make', setSource, { ...none, target: 'latest' }, /cannot tell where its partitions end/],
    ['make', setSource, { ...one, position: '{"m":1}' }, /is no position of make/],
    ['make', setSource, { ...one, position: '{n' }, /is not JSON/],
    ['make', setSource, { ...none, position: '{"n":1}' }, /--partition/],
    ['make', resetSource, { ...none, partitions: ['9-of-9'] }, /has no partition 9-of-9.*1-of-1/],
    ['write', sinkMover(null), one, /write is a sink/],
    ['write', sinkMover(null), none, /--to OFFSET/],
    ['write', sinkMover('from'), { ...none, topics: ['other'] }, /no topic other.*sample/],
  ];
  for (const [name, plan, move, message] of cases) {
    const planning = plan(await rememberedConnector(dataDir, name), move, { dataDir, access });
    await assert.rejects(planning, (error) => {
      const { exitCode, message: what, hint = '' } = tell(error);
      assert.match(`${what} → ${hint}`, message);
      return exitCode === 2;
    });
  }
  assert.deepEqual(await read(), before);
});

test('a file that is no export is named', async (t) => {
  const folder = await temporaryFolder(t);
  const write = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const refused = async (reading: Promise<unknown>, why: RegExp): Promise<void> =>
    assert.rejects(reading, { exitCode: 2, message: why });
  await refused(readOffsetsFile(join(folder, 'none.json')), /none\.json cannot be imported/);
  await refused(readOffsetsFile(await write('torn.json', '{"format":')), /torn\.json.*not JSON/);
  await refused(readOffsetsFile(await write('other.json', '{}')), /other\.json.*no export of offsets/);
  const newer = { format: 'rmq-connect offsets', version: 2, written_at: 'x', connectors: [] };
  await refused(readOffsetsFile(await write('newer.json', JSON.stringify(newer))), /version/);
  await refused(readJavaPositions(await write('java.json', '[]')), /no position\.json/);
  await refused(readJavaPositions(await write('java.json', '{"e30=":"e30="}')), /entry 1/);
});

test('a source that runs keeps its positions, whatever is said', async (t) => {
  const job = await sampleJob({ count: null, rate: 100 });
  atEnd(t, () => job.remove());
  const cli = cliOf(job);
  const worker = startCli(job.run, { cwd: job.folder });
  atEnd(t, () => worker.kill());
  await until('a position', async () => {
    const positions = await new DataDir(job.dataDir).connector('make').positions.read();
    return positions?.partitions[partition]?.position ?? undefined;
  });
  const dry = await cli.json<Moved>('offsets', 'reset', 'make');
  assert.match(dry.obstacles[0] ?? '', /make runs/);
  for (const force of [[], ['--force']]) {
    const refused = failureOf(await cli.text('offsets', 'reset', 'make', '--yes', '--json', ...force), 1);
    assert.equal(refused.code, 'in_use');
  }
  await until('a commit of the sink', async () => {
    const { connectors } = await cli.json<{ connectors: { queues: { offset: number | null }[] }[] }>(
      'offsets',
      'show',
      'write',
    );
    return connectors[0]?.queues.some(({ offset }) => (offset ?? 0) > 0) === true ? true : undefined;
  });
  const sink = failureOf(await cli.text('offsets', 'reset', 'write', '--yes', '--json'), 1);
  assert.match(sink.message, /write runs/);
  worker.signal('SIGINT');
  await worker.ended;
  assert.equal((await cli.json<Moved>('offsets', 'reset', 'make', '--yes')).applied, true);
});

test('positions of Apache RocketMQ Connect: what can be mapped is taken over, the rest is named', async (t) => {
  const job = await sampleJob({ count: 1 });
  atEnd(t, () => job.remove());
  const file = join(job.folder, 'files.yaml');
  await mkdir(join(job.folder, 'logs'));
  await writeFile(join(job.folder, 'logs/a.log'), 'grüße\nnext\n');
  const config = '{ path: ./logs/*.log }';
  await writeFile(file, `connectors: { read: { source: file, topic: lines, config: ${config} } }\n`);
  const options = { cwd: job.folder };
  const at = ['--data-dir', join(job.folder, 'other')];
  assert.equal((await runCli(['run', file, '--once', ...at], options)).code, 0);
  const entry = (namespace: string, filename: string, nextPosition: number): [string, string] => {
    const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64');
    return [
      base64({ namespace, partition: { filename } }),
      base64({ offset: { nextPosition: String(nextPosition) } }),
    ];
  };
  const java = join(job.folder, 'position.json');
  const entries = [
    entry('file-source', join(job.folder, 'logs/a.log'), 6),
    entry('file-source', '/gone.log', 9),
  ];
  await writeFile(java, JSON.stringify(Object.fromEntries(entries)));
  const moved = await cliJson<Moved>(
    ['offsets', 'import', '--from-java', java, '--rename', 'file-source=read', '--yes', ...at],
    options,
  );
  assert.equal(moved.applied, true);
  assert.match(moved.left_out[0]?.reason ?? '', /none of the files/);
  const stored = JSON.parse(
    await readFile(join(job.folder, 'other/connectors/read/positions.json'), 'utf8'),
  ) as {
    partitions: Record<string, { position: { offset: number; line: number } }>;
  };
  const { offset, line } = stored.partitions['logs/a.log']?.position ?? {};
  assert.deepEqual([offset, line], [8, 1]);
});
