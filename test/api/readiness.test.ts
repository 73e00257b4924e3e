import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitingFor } from '../../src/api/own/health.js';
import { ConnectorError } from '../../src/sdk/index.js';
import { ConnectorMonitor } from '../../src/worker/monitor.js';

function running(): ConnectorMonitor {
  const monitor = new ConnectorMonitor({ name: 'out', kind: 'sink', job: 'job' }, () => undefined);
  monitor.is('running');
  return monitor;
}

test('what is told of a connector is about the task that keeps it from being ready', () => {
  const monitor = running();
  const [first, second] = [monitor.openTask(0), monitor.openTask(1)];
  first.is('running');
  first.retries(new ConnectorError('unavailable', 'the first is slow'));
  second.is('running');
  assert.equal(waitingFor(monitor.status()), null);
  second.failed(new ConnectorError('denied', 'the second may not write'));
  second.is('restarting');
  const reason = 'denied: the second may not write';
  assert.deepEqual(waitingFor(monitor.status()), { connector: 'out', state: 'restarting', reason });
  second.is('failed');
  assert.deepEqual(waitingFor(monitor.status()), { connector: 'out', state: 'failed', reason });
  monitor.wants('stopped');
  assert.equal(waitingFor(monitor.status()), null);
});

test('a connector that starts, or has failed as a whole, says so itself', () => {
  const monitor = new ConnectorMonitor({ name: 'out', kind: 'sink', job: 'job' }, () => undefined);
  assert.deepEqual(waitingFor(monitor.status()), { connector: 'out', state: 'starting', reason: null });
  monitor.failed(new ConnectorError('config', 'it lacks a topic'));
  monitor.is('failed');
  const reason = 'config: it lacks a topic';
  assert.deepEqual(waitingFor(monitor.status()), { connector: 'out', state: 'failed', reason });
});
