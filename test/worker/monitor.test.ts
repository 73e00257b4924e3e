import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectorError } from '../../src/sdk/index.js';
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
