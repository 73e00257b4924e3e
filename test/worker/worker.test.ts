import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ConnectorError } from '../../src/sdk/index.js';
import { Bench, until, values } from './bench.js';

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
