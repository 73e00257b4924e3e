/** A worker that is told, while it runs, what is wanted of its connectors. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { ConnectorError } from '../../src/sdk/index.js';
import type { Worker } from '../../src/worker/worker.js';
import { until as answered } from '../rig/until.js';
import { Bench, until, values } from './bench.js';

const stays = { stays: true };

const stateOf = (worker: Worker, name: string): string | undefined =>
  worker.status().find(({ connector }) => connector === name)?.state;

test('paused, a source sends nothing and a sink writes nothing; resumed, nothing is lost or comes twice', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 50));
  const worker = await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], false, stays);
  await until(() => bench.sink.records.length === 50);
  await worker.want('out', 'paused');
  assert.equal(stateOf(worker, 'out'), 'paused');
  assert.deepEqual(await bench.cluster.admin.groupMembers('g'), []);
  assert.deepEqual(await bench.committed(), [0, 0, 0, 0]);
  bench.source.add('a', values('a', 50, 50));
  await answered('the source has sent it all', async () =>
    ((await bench.positions()) as { a: number }).a === 100 ? true : undefined,
  );
  await worker.want('in', 'paused');
  assert.equal(bench.sink.records.length, 50);
  bench.source.add('a', values('a', 50, 100));
  await worker.want('out', 'running');
  await until(() => bench.sink.records.length === 100);
  assert.deepEqual(await bench.positions(), { a: 100 });
  await worker.want('in', 'running');
  await until(() => bench.sink.records.length === 150);
  await worker.stop();
  assert.deepEqual(bench.sink.byKey().get('a'), values('a', 150));
  const told = bench.events.map(({ type, connector }) => `${connector} ${type}`);
  assert.ok(told.includes('in connector_paused') && told.includes('out connector_paused'));
});

test('what is wanted last is what becomes so, however fast it changes', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 500));
  const worker = await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], false, stays);
  const changes = [];
  for (let turn = 0; turn < 10; turn += 1) {
    for (const wanted of ['paused', 'running', 'stopped', 'running'] as const) {
      changes.push(worker.want('in', wanted), worker.want('out', wanted));
    }
  }
  await Promise.all(changes);
  await until(() => bench.sink.records.length === 500);
  await worker.stop();
  assert.deepEqual(bench.sink.byKey().get('a'), values('a', 500));
});

test('a worker that stays does not end with its connectors, nor without any', async (t) => {
  const bench = await Bench.open(t);
  const worker = await bench.worker([], false, stays);
  let ended = false;
  void worker.done.then(() => {
    ended = true;
  });
  bench.source.add('a', values('a', 5));
  await bench.dataDir.connector('in').create();
  await worker.add({ definition: bench.sourceDefinition(), cluster: bench.cluster });
  await answered('it has sent all', async () =>
    ((await bench.positions()) as { a?: number }).a === 5 ? true : undefined,
  );
  await worker.remove('in');
  assert.equal(worker.find('in'), null);
  assert.deepEqual(worker.status(), []);
  assert.equal(ended, false);
  await worker.stop();
});

/** A worker whose sink has failed for good, with five records before it. */
async function withFailedSink(t: TestContext): Promise<{ bench: Bench; worker: Worker }> {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 5));
  bench.sink.failures.push(new ConnectorError('config', 'wrong'));
  const definitions = [bench.sinkDefinition({ tasks: 1 }), bench.sourceDefinition()];
  const worker = await bench.worker(definitions, false, stays);
  await until(() => stateOf(worker, 'out') === 'failed');
  return { bench, worker };
}

test('a connector that failed for good starts again when it is told to', async (t) => {
  const { bench, worker } = await withFailedSink(t);
  await worker.want('out', 'paused');
  assert.equal(stateOf(worker, 'out'), 'failed');
  await worker.want('out', 'running');
  await until(() => bench.sink.records.length === 5);
  assert.equal(stateOf(worker, 'out'), 'running');
  const { failures } = await worker.stop();
  assert.deepEqual(failures, []);
});

test('what was stopped after it had failed is no failure of the worker', async (t) => {
  const { worker } = await withFailedSink(t);
  await worker.want('out', 'stopped');
  assert.equal(stateOf(worker, 'out'), 'stopped');
  const { failures, connectors } = await worker.stop();
  assert.deepEqual(failures, []);
  assert.equal(connectors.find(({ connector }) => connector === 'out')?.tasks[0]?.error?.message, 'wrong');
});

test('one task that failed is started anew, and the other goes on', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 5));
  bench.source.add('b', values('b', 5));
  const worker = await bench.worker([bench.sourceDefinition({ maxRestarts: 0 })], false, stays);
  await answered('both have sent all', async () => {
    const { a, b } = (await bench.positions()) as { a?: number; b?: number };
    return a === 5 && b === 5 ? true : undefined;
  });
  const opened = bench.source.opened;
  bench.source.failures.push(new ConnectorError('bad_data', 'wrong'));
  const states = (): readonly string[] => worker.status()[0]?.tasks.map(({ state }) => state) ?? [];
  await until(() => states().includes('failed'));
  assert.deepEqual([...states()].sort(), ['failed', 'running']);
  await worker.restart('in', { onlyFailed: true });
  await until(() => states().every((state) => state === 'running'));
  assert.equal(bench.source.opened, opened + 1);
  await worker.restartTask('in', 0);
  await until(() => bench.source.opened === opened + 2 && states().every((state) => state === 'running'));
  await worker.restart('in', { onlyFailed: false });
  await until(() => bench.source.opened === opened + 4);
  bench.source.add('a', values('a', 5, 5));
  bench.source.add('b', values('b', 5, 5));
  await answered('both have sent all', async () => {
    const { a, b } = (await bench.positions()) as { a: number; b: number };
    return a === 10 && b === 10 ? true : undefined;
  });
  await worker.stop();
});

test('a changed definition goes on from the same offsets', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 20));
  const worker = await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], false, stays);
  await until(() => bench.sink.records.length === 20);
  await worker.change({ definition: bench.sinkDefinition({ tasks: 1 }), cluster: bench.cluster });
  bench.source.add('a', values('a', 20, 20));
  await until(() => bench.sink.records.length === 40);
  assert.equal(worker.status().find(({ connector }) => connector === 'out')?.tasks.length, 1);
  await worker.stop();
  assert.deepEqual(bench.sink.byKey().get('a'), values('a', 40));
});

test('a removed one can be added again at once, and goes on where it stood', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 50));
  const worker = await bench.worker([bench.sinkDefinition(), bench.sourceDefinition()], false, stays);
  await until(() => bench.sink.records.length > 0);
  const gone = worker.remove('out');
  await worker.add({ definition: bench.sinkDefinition(), cluster: bench.cluster });
  await gone;
  await until(() => bench.sink.records.length === 50);
  await worker.stop();
  assert.deepEqual(bench.sink.byKey().get('a'), values('a', 50));
});

test('what cannot be written does not keep a connector from stopping', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 5));
  bench.sink.refuse = () => new ConnectorError('unreachable', 'away', { retryable: true });
  const definitions = [bench.sinkDefinition(), bench.sourceDefinition()];
  const worker = await bench.worker(definitions, false, { stays: true, drainMs: 200 });
  await until(() => worker.status().some(({ retried }) => retried > 0));
  await worker.want('out', 'stopped');
  assert.equal(stateOf(worker, 'out'), 'stopped');
  bench.sink.refuse = () => null;
  await worker.want('out', 'running');
  await until(() => bench.sink.records.length === 5);
  await worker.stop();
});

test('a task whose write hangs is started anew all the same, and keeps no later change waiting', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 5));
  let hanging = false;
  bench.sink.hold = async (signal) => {
    hanging = true;
    await once(signal, 'abort');
    signal.throwIfAborted();
  };
  const definitions = [bench.sinkDefinition({ tasks: 1 }), bench.sourceDefinition()];
  const worker = await bench.worker(definitions, false, { stays: true, drainMs: 200 });
  await until(() => hanging);
  const restarted = worker.restartTask('out', 0);
  // What ends the write where the restart does not, so that the test ends too.
  let isStuck = false;
  const guard = setTimeout(() => {
    isStuck = true;
    void worker.stop(AbortSignal.timeout(1));
  }, 10_000);
  bench.sink.hold = () => Promise.resolve();
  await restarted;
  clearTimeout(guard);
  assert.ok(!isStuck);
  await until(() => bench.sink.records.length === 5);
  await worker.want('out', 'paused');
  assert.equal(stateOf(worker, 'out'), 'paused');
  await worker.stop();
  assert.deepEqual(bench.sink.byKey().get('a'), values('a', 5));
});
