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
