/** Connectors that are made, changed and removed while their worker runs. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { until, values } from '../worker/bench.js';
import { ControlBench } from './control-bench.js';

/** Long enough for what does not wait to be done. */
const aMomentMs = 300;

/** With one sink in group `g` that has records in hand, and cannot finish them before it is let go on. */
async function busy(
  t: Parameters<typeof ControlBench.open>[0],
): Promise<ControlBench & { readonly goOn: () => void }> {
  const control = await ControlBench.open(t);
  const { bench, connectors, worker } = control;
  let goOn = (): void => undefined;
  const free = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let held = false;
  bench.sink.hold = () => {
    held = true;
    return free;
  };
  bench.source.add('a', values('a', 5));
  await connectors.create('first', control.sink('g'));
  await bench.dataDir.connector('in').create();
  await worker.add({ definition: bench.sourceDefinition(), cluster: bench.cluster });
  await until(() => held);
  return Object.assign(control, { goOn });
}

/** The former run has ended before the other one begins, and each record was written once. */
async function oneAfterTheOther(
  { bench, goOn }: Awaited<ReturnType<typeof busy>>,
  made: Promise<void>,
  second: string,
): Promise<void> {
  await Promise.race([made, pause(aMomentMs)]);
  goOn();
  await made;
  const told = bench.events.map(({ type, connector }) => `${connector} ${type}`);
  const ended = told.findIndex((line) => /^first connector_(stopped|paused)$/.test(line));
  assert.ok(ended >= 0 && ended < told.indexOf(`${second} connector_added`), told.join('\n'));
  bench.source.add('a', values('a', 5, 5));
  await until(() => bench.sink.records.length >= 10);
  assert.deepEqual(bench.sink.byKey().get('a'), values('a', 10));
}

test('a sink waits for a removed one that still has its group', async (t) => {
  const control = await busy(t);
  await control.connectors.remove('first');
  await oneAfterTheOther(control, control.connectors.create('second', control.sink('g')), 'second');
});

test('a sink waits for one that was changed and still has its former group', async (t) => {
  const control = await busy(t);
  await control.connectors.change('first', control.sink('other'));
  await control.connectors.want('first', 'paused');
  await oneAfterTheOther(control, control.connectors.create('second', control.sink('g')), 'second');
});

test('a group that is taken is refused, and free again once a sink has another one', async (t) => {
  const { connectors, sink } = await ControlBench.open(t);
  await connectors.create('first', sink('g'));
  await assert.rejects(connectors.create('second', sink('g')), /first has the consumer group g too/);
  await connectors.change('first', sink('other'));
  await connectors.create('second', sink('g'));
  await assert.rejects(connectors.change('second', sink('other')), /first has the consumer group other too/);
});

test('two patches at once both hold', async (t) => {
  const { connectors, sink } = await ControlBench.open(t);
  await connectors.create('out', sink('g'));
  await Promise.all([
    connectors.patch('out', { tasks: 2 }),
    connectors.patch('out', { config: { note: 'kept' } }),
  ]);
  assert.deepEqual(await connectors.config('out'), { ...sink('g'), tasks: 2, config: { note: 'kept' } });
});

test('nothing tells of a removed connector any more, and one that comes after it is told', async (t) => {
  const { connectors, worker, bench, sink, failures } = await ControlBench.open(t);
  const { status, definition } = bench.dataDir.connector('out');
  const isTold = (): boolean => existsSync(status.path);
  for (const round of [1, 2]) {
    await connectors.create('out', sink('g'), 'stopped');
    while (!isTold()) await pause(20);
    await connectors.remove('out');
    assert.ok(!existsSync(definition.path), `round ${String(round)}`);
    await worker.left('out');
    assert.ok(!isTold());
  }
  assert.deepEqual(failures, []);
});
