import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectorError } from '../../src/sdk/index.js';
import { taskFamilies } from '../../src/metrics/task-families.js';
import type { Observed } from '../../src/metrics/observed.js';
import { ConnectorMonitor } from '../../src/worker/monitor.js';

test('a failure that was got over is not what a finished task is left with', () => {
  const monitor = new ConnectorMonitor({ name: 'out', kind: 'sink', job: 'job' }, () => undefined);
  const [tried, stopped] = [monitor.openTask(0), monitor.openTask(1)];
  for (const task of [tried, stopped]) {
    task.is('running');
    task.retries(new ConnectorError('unreachable', 'the broker is away'));
  }
  assert.equal(monitor.failures().length, 2);
  tried.is('finished');
  stopped.is('stopped');
  assert.deepEqual(
    monitor.failures().map(({ message }) => message),
    ['the broker is away'],
  );
});

test('a task that was started anew and ran, though nothing came, is not left with its failure', () => {
  const monitor = new ConnectorMonitor({ name: 'in', kind: 'source', job: 'job' }, () => undefined);
  const [recovered, failing] = [monitor.openTask(0), monitor.openTask(1)];
  for (const task of [recovered, failing]) {
    task.is('running');
    task.failed(new ConnectorError('unreachable', 'the connection was cut'));
    task.is('restarting');
    task.is('starting');
  }
  recovered.is('running');
  recovered.is('stopped');
  failing.is('stopped');
  assert.equal(recovered.error, null);
  assert.equal(recovered.status().errors, 1);
  assert.equal(failing.error?.message, 'the connection was cut');
});

test('while the connector as a whole has failed, its tasks stay, each with its own numbers', () => {
  const monitor = new ConnectorMonitor({ name: 'out', kind: 'sink', job: 'job' }, () => undefined);
  for (const [number, records] of [3, 4].entries()) {
    const task = monitor.openTask(number);
    task.is('running');
    task.moved(records);
    task.is('stopped');
  }
  monitor.failed(new ConnectorError('unreachable', 'the broker is away'));
  monitor.is('restarting');
  const { tasks } = monitor.status();
  assert.deepEqual(
    tasks.map(({ task, state, records, error, stands_in }) => [task, state, records, error?.code, stands_in]),
    [
      [0, 'restarting', 3, 'unreachable', undefined],
      [1, 'restarting', 4, 'unreachable', undefined],
    ],
  );
  monitor.is('running');
  assert.deepEqual(
    monitor.status().tasks.map(({ records, error }) => [records, error]),
    [
      [3, null],
      [4, null],
    ],
  );
});

test('a connector without tasks is shown as one, which counts for no task', () => {
  const monitor = new ConnectorMonitor({ name: 'out', kind: 'sink', job: 'job' }, () => undefined);
  monitor.failed(new ConnectorError('unreachable', 'the broker is away'));
  monitor.is('failed');
  const status = monitor.status();
  assert.deepEqual(
    status.tasks.map(({ task, state, errors, stands_in }) => [task, state, errors, stands_in]),
    [[0, 'failed', 1, true]],
  );
  const observed = {
    version: '0',
    startedAt: '',
    clients: [],
    connectors: [
      {
        about: { plugin: 'file', topics: [], between: null },
        status,
        flows: monitor.flows,
        lag: { records: null, bytes: null, seconds: null },
      },
    ],
  };
  const named = (name: string) => taskFamilies.find((family) => family.name === `rmq_connect_task_${name}`);
  assert.equal(named('state')?.samples(observed).length, 1);
  for (const { name, type, samples } of taskFamilies) {
    if (type === 'counter') assert.deepEqual(samples(observed), [], name);
  }
});

test('where a queue ends is told only when a fetch has told it', () => {
  const monitor = new ConnectorMonitor({ name: 'out', kind: 'sink', job: 'job' }, () => undefined);
  const queue = { topic: 't', broker: 'b', queue: 0 };
  let end: number | null = null;
  const inFlight = () => ({ records: 0, bytes: 0 });
  monitor.openTask(0).flow.runs({ inFlight, places: () => [{ queue, offset: 5, end }] });
  const [connector] = [{ status: monitor.status(), flows: monitor.flows }];
  const told = (name: string) =>
    taskFamilies
      .find((family) => family.name === `rmq_connect_sink_queue_${name}`)
      ?.samples({ connectors: [connector] } as unknown as Observed)
      .map(({ value }) => value);
  assert.deepEqual([told('offset'), told('end_offset')], [[5], []]);
  end = 9;
  assert.deepEqual([told('offset'), told('end_offset')], [[5], [9]]);
});
