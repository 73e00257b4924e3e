import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ConnectorDefinition, SinkDefinition, SourceDefinition } from '../../src/job/definition.js';
import { startEmbeddedBroker } from '../../src/broker/embedded-broker.js';
import type { Cluster } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { ConnectorError, type Log } from '../../src/sdk/index.js';
import { formats } from '../../src/stages/formats.js';
import { DataDir } from '../../src/store/index.js';
import { Worker, type WorkerEvent } from '../../src/worker/worker.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';
import { MemorySink, MemorySource } from './memory-plugin.js';

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

class Bench {
  readonly source = new MemorySource();
  readonly sink = new MemorySink();
  readonly events: WorkerEvent[] = [];
  readonly cluster: Cluster;
  readonly #dataDir: DataDir;

  constructor(cluster: Cluster, dataDir: DataDir) {
    this.cluster = cluster;
    this.#dataDir = dataDir;
  }

  static async open(t: TestContext): Promise<Bench> {
    const folder = await temporaryFolder(t);
    const broker = await startEmbeddedBroker({ dir: join(folder, 'broker') });
    const cluster = connectCluster({ nameservers: [broker.address] });
    atEnd(t, () => broker.close());
    atEnd(t, () => cluster.close());
    return new Bench(cluster, new DataDir(folder));
  }

  get base(): Pick<
    ConnectorDefinition,
    | 'job'
    | 'baseDir'
    | 'plugin'
    | 'config'
    | 'tasks'
    | 'format'
    | 'transforms'
    | 'createTopics'
    | 'maxRestarts'
    | 'stalledAfterMs'
  > {
    return {
      job: 'job',
      baseDir: '/',
      plugin: 'memory',
      config: {},
      tasks: 2,
      format: formats.text,
      transforms: [],
      createTopics: { queues: 4 },
      maxRestarts: 10,
      stalledAfterMs: 60_000,
    };
  }

  sourceDefinition(change: Partial<SourceDefinition> = {}): SourceDefinition {
    return {
      ...this.base,
      kind: 'source',
      name: 'in',
      source: this.source.plugin,
      topic: 't',
      order: 'partition',
      orderingKey: null,
      delivery: 'exactly_once',
      ...change,
    };
  }

  sinkDefinition(change: Partial<SinkDefinition> = {}): SinkDefinition {
    return {
      ...this.base,
      kind: 'sink',
      name: 'out',
      sink: this.sink.plugin,
      topics: ['t'],
      group: 'g',
      from: 'earliest',
      delivery: 'exactly_once',
      commitIntervalMs: 2_000,
      onGap: 'fail',
      ...change,
    };
  }

  async worker(definitions: readonly ConnectorDefinition[], once: boolean): Promise<Worker> {
    await this.#dataDir.create();
    for (const { name } of definitions) await this.#dataDir.connector(name).create();
    const worker = new Worker({
      connectors: definitions.map((definition) => ({ definition, cluster: this.cluster })),
      dataDir: this.#dataDir,
      once,
      log: silent,
      onEvent: (event) => this.events.push(event),
    });
    worker.start();
    return worker;
  }

  get positionsPath(): string {
    return this.#dataDir.connector('in').positions.path;
  }

  positions(): Promise<unknown> {
    return this.#dataDir
      .connector('in')
      .positions.read()
      .then((stored) =>
        Object.fromEntries(
          Object.entries(stored?.partitions ?? {}).map(([name, { position }]) => [name, position]),
        ),
      );
  }

  committed(): Promise<(number | null)[]> {
    return this.cluster.admin
      .groupOffsets('g', ['t'])
      .then((offsets) => offsets.map(({ offset, max }) => (offset === null ? null : max - offset)));
  }
}

const values = (name: string, count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${String(from + index)}`);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

test('moves everything once, in order, and ends', async (t) => {
  const bench = await Bench.open(t);
  for (const name of ['a', 'b', 'c']) bench.source.add(name, values(name, 95));
  const result = await (await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], true)).done;
  assert.deepEqual(result.failures, []);
  for (const name of ['a', 'b', 'c']) assert.deepEqual(bench.sink.byKey().get(name), values(name, 95));
  assert.deepEqual(await bench.positions(), { a: 95, b: 95, c: 95 });
  assert.deepEqual(
    new Map(bench.source.committed as [string, number][]),
    new Map([
      ['a', 95],
      ['b', 95],
      ['c', 95],
    ]),
  );
  assert.deepEqual(await bench.committed(), [0, 0, 0, 0]);
  assert.deepEqual(
    result.connectors.map(({ connector, state, records }) => [connector, state, records]).sort(),
    [
      ['in', 'finished', 285],
      ['out', 'finished', 285],
    ],
  );
});

test('goes on where it stood', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 30));
  await (
    await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], true)
  ).done;
  bench.source.add('a', values('a', 30, 30));
  await (
    await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], true)
  ).done;
  assert.deepEqual(bench.sink.byKey().get('a'), values('a', 60));
});

test('a sink that runs once waits for the source of its topic in another job', async (t) => {
  const bench = await Bench.open(t);
  bench.source.batch = 1;
  bench.source.add('a', values('a', 500));
  const sink = bench.sinkDefinition({ job: 'another' });
  const result = await (await bench.worker([sink, bench.sourceDefinition()], true)).done;
  assert.deepEqual(result.failures, []);
  assert.deepEqual(bench.sink.byKey().get('a'), values('a', 500));
});

test('positions that cannot be read fail the source at once, and are left as they are', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 5));
  await (
    await bench.worker([bench.sourceDefinition()], true)
  ).done;
  await writeFile(bench.positionsPath, '{"version":1,');
  const result = await (await bench.worker([bench.sourceDefinition()], true)).done;
  assert.equal(result.failures[0]?.failure.code, 'corrupt_file');
  assert.ok(result.failures[0].failure.message.startsWith(bench.positionsPath));
  assert.equal(bench.events.filter(({ type }) => type === 'task_restarting').length, 0);
  assert.equal(await readFile(bench.positionsPath, 'utf8'), '{"version":1,');
});

test('takes in new partitions while it runs, and stops with everything written', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 20));
  const worker = await bench.worker([bench.sinkDefinition(), bench.sourceDefinition({ tasks: 1 })], false);
  await until(() => bench.sink.records.length === 20);
  bench.source.add('b', values('b', 20));
  await until(() => bench.sink.records.length === 40);
  const result = await worker.stop();
  assert.deepEqual(result.failures, []);
  assert.deepEqual(
    bench.sink.byKey(),
    new Map([
      ['a', values('a', 20)],
      ['b', values('b', 20)],
    ]),
  );
  assert.deepEqual(await bench.positions(), { a: 20, b: 20 });
  assert.deepEqual(await bench.committed(), [0, 0, 0, 0]);
});

test('a source without order spreads a partition, and loses nothing', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 400));
  await (
    await bench.worker([bench.sinkDefinition(), bench.sourceDefinition({ order: 'none' })], true)
  ).done;
  assert.deepEqual(new Set(bench.sink.byKey().get('a')), new Set(values('a', 400)));
  assert.equal(bench.sink.records.length, 400);
  assert.ok(new Set(bench.sink.records.map(({ queue }) => queue)).size > 1);
});

test('a read that fails is started anew from the position, and repeats nothing', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 50));
  const worker = await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], false);
  await until(() => bench.sink.records.length === 50);
  bench.source.failures.push(new ConnectorError('unavailable', 'away'));
  await until(() => bench.source.opened === 2);
  bench.source.add('a', values('a', 50, 50));
  await until(() => bench.sink.records.length === 100);
  await worker.stop();
  assert.deepEqual(bench.sink.byKey().get('a'), values('a', 100));
  assert.ok(bench.events.some((event) => event.type === 'task_restarting' && event.connector === 'in'));
});

test('a write that fails for now is tried again in place', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 25));
  bench.sink.failures.push(
    new ConnectorError('unreachable', 'away'),
    new ConnectorError('unavailable', 'busy'),
  );
  const result = await (await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], true)).done;
  assert.deepEqual(result.failures, []);
  assert.deepEqual(bench.sink.byKey().get('a'), values('a', 25));
});

test('what is tried again and again is told once, and so is its end', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 5));
  for (let n = 0; n < 5; n += 1)
    bench.sink.failures.push(new ConnectorError('unavailable', 'the disk is full'));
  await (
    await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], true)
  ).done;
  assert.deepEqual(
    bench.events.filter(({ task }) => task !== undefined),
    [
      { type: 'warning', connector: 'out', task: 0, message: 'trying again: the disk is full' },
      { type: 'task_recovered', connector: 'out', task: 0, message: 'records move again' },
    ],
  );
});

test('a refused record comes again; when it stays refused the run fails and says which one', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 25));
  let refusals = 0;
  bench.sink.refuse = (record) => {
    if (record.body.toString() !== 'a-7') return null;
    refusals += 1;
    return new ConnectorError('bad_data', 'cannot take it');
  };
  const failed = await (await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], true)).done;
  assert.ok(refusals > 1);
  assert.match(failed.failures[0]?.failure.message ?? '', /cannot take it \(t\/\w+\/\d, offset 7\)/);
  assert.equal(failed.failures[0]?.failure.code, 'bad_data');
  bench.sink.refuse = () => null;
  bench.sink.records.length = 0;
  const result = await (await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], true)).done;
  assert.deepEqual(result.failures, []);
  const rest = bench.sink.byKey().get('a') ?? [];
  assert.deepEqual(rest.slice(-18), values('a', 18, 7));
  assert.ok(rest.length <= 25);
});

test('offsets are committed only for what was written', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 10));
  bench.sink.failures.push(...Array.from({ length: 20 }, () => new ConnectorError('denied', 'no')));
  const result = await (await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], true)).done;
  assert.equal(result.failures[0]?.failure.code, 'denied');
  assert.equal(
    (await bench.committed()).reduce((sum, lag) => (sum ?? 0) + (lag ?? 0), 0),
    10,
  );
});

test('`from: latest` remembers its place even when nothing comes', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 10));
  await (
    await bench.worker([bench.sourceDefinition()], true)
  ).done;
  await (
    await bench.worker([bench.sinkDefinition({ from: 'latest' })], true)
  ).done;
  bench.source.add('a', values('a', 5, 10));
  await (
    await bench.worker([bench.sourceDefinition()], true)
  ).done;
  await (
    await bench.worker([bench.sinkDefinition({ from: 'latest' })], true)
  ).done;
  assert.deepEqual(bench.sink.byKey().get('a'), values('a', 5, 10));
});

test('a topic that may not be created is an error that says so', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 10));
  const result = await (await bench.worker([bench.sourceDefinition({ createTopics: null })], true)).done;
  assert.deepEqual(
    result.failures.map(({ connector, failure }) => [connector, failure.code]),
    [['in', 'config']],
  );
  assert.deepEqual(await bench.cluster.admin.topic('t'), null);
});
