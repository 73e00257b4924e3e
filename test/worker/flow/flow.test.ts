import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectorError } from '../../../src/sdk/index.js';
import type { TappedRecord } from '../../../src/worker/flow/taps.js';
import { Bench, until, values } from '../bench.js';

/** Of a connector's tasks together. */
function sum<T>(items: Iterable<T>, of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}

test('what goes through the tasks is counted: records, bytes, batches and how long they took', async (t) => {
  const bench = await Bench.open(t);
  for (const name of ['a', 'b']) bench.source.add(name, values(name, 95));
  const worker = await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], true);
  await worker.done;
  const bytes = sum([...values('a', 95), ...values('b', 95)], ({ length }) => length);
  assert.equal(worker.monitors.length, 2);
  for (const { flows } of worker.monitors) {
    const all = [...flows.values()];
    assert.equal(
      sum(all, ({ recordsRead }) => recordsRead),
      190,
    );
    assert.equal(
      sum(all, (flow) => flow.bytes),
      bytes,
    );
    assert.equal(
      sum(all, ({ batchRecords }) => batchRecords.totals().sum),
      190,
    );
    assert.ok(sum(all, ({ batchSeconds }) => batchSeconds.totals().count) > 0);
    assert.ok(sum(all, ({ readSeconds }) => readSeconds.totals().count) > 0);
    assert.deepEqual(
      all.map(({ inFlight }) => inFlight),
      all.map(() => ({ records: 0, bytes: 0 })),
    );
    assert.deepEqual(
      all.map(({ errors }) => errors.size),
      all.map(() => 0),
    );
  }
  const sink = worker.monitors.find(({ kind }) => kind === 'sink');
  assert.ok(sum(sink?.flows.values() ?? [], ({ ageSeconds }) => ageSeconds.totals().count) > 0);
  assert.ok((bench.cluster.counts?.requests.get('SEND_BATCH_MESSAGE')?.asked ?? 0) > 0);
});

test('while a sink cannot write, what it has in hand and where its queues end is known', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 10));
  bench.sink.refuseBatch = () => new ConnectorError('unreachable', 'the sink is away');
  const worker = await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], false);
  const flows = () => [...(worker.monitors.find(({ kind }) => kind === 'sink')?.flows.values() ?? [])];
  await until(() => sum(flows(), ({ errors }) => errors.get('write') ?? 0) > 1);
  assert.ok(sum(flows(), ({ inFlight }) => inFlight.records) > 0);
  const places = flows().flatMap((flow) => flow.places);
  assert.equal(
    sum(places, ({ offset, end }) => (end ?? offset) - offset),
    10,
  );
  bench.sink.refuseBatch = () => null;
  await until(() => bench.sink.byKey().get('a')?.length === 10);
  await until(() => sum(flows(), ({ inFlight }) => inFlight.records) === 0);
  await worker.stop();
  assert.deepEqual(
    flows().flatMap((flow) => flow.places),
    [],
  );
});

test('who taps a connector sees records as they pass, and not more than asked for', async (t) => {
  const bench = await Bench.open(t);
  const worker = await bench.worker([bench.sourceDefinition()], false);
  const [monitor] = worker.monitors;
  assert.ok(monitor !== undefined);
  const heard: TappedRecord[] = [];
  const close = (['before', 'after'] as const).map((stage) =>
    monitor.taps.open({ stage, perSecond: 3, heard: (record) => heard.push(record) }),
  );
  bench.source.add('a', values('a', 50));
  await until(() => monitor.records === 50);
  for (const stage of ['before', 'after']) {
    const some = heard.filter((record) => record.stage === stage);
    assert.ok(some.length >= 3 && some.length < 50, `${stage}: ${String(some.length)}`);
    assert.deepEqual(
      some.slice(0, 3).map(({ value }) => value),
      ['a-0', 'a-1', 'a-2'],
    );
  }
  assert.equal(heard.find(({ stage }) => stage === 'before')?.place, 'a');
  assert.match(heard.find(({ stage }) => stage === 'after')?.place ?? '', /^t\//);
  for (const end of close) end();
  const { length } = heard;
  bench.source.add('a', values('a', 50, 50));
  await until(() => monitor.records === 100);
  assert.equal(heard.length, length);
  await worker.stop();
});
