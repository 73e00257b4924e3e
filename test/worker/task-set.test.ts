import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ConnectorError } from '../../src/sdk/index.js';
import { ConnectorMonitor } from '../../src/worker/monitor.js';
import type { RestartPolicy } from '../../src/worker/supervise.js';
import { TaskSet, type TaskPlan } from '../../src/worker/task-set.js';

const policy: RestartPolicy = {
  backoff: { firstMs: 1, maxMs: 2 },
  maxFailures: 3,
  maxRetryableFailures: Infinity,
};

function set(): { tasks: TaskSet; monitor: ConnectorMonitor; events: string[] } {
  const monitor = new ConnectorMonitor({ name: 'c', kind: 'source', job: 'j' }, () => undefined);
  const events: string[] = [];
  const tasks = new TaskSet(monitor, policy, (event) => events.push(event.type));
  return { tasks, monitor, events };
}

/** A task that runs until it is stopped, and notes both. */
function endless(key: string, log: string[]): TaskPlan {
  return {
    key,
    run: async (monitor, stop) => {
      monitor.is('running');
      log.push(`start ${key}`);
      if (!stop.aborted) await once(stop, 'abort');
      log.push(`stop ${key}`);
      return 'stopped';
    },
  };
}

test('replaces only what changed, and stops it before anything new starts', async () => {
  const { tasks, monitor } = set();
  const log: string[] = [];
  await tasks.apply([endless('a', log), endless('b', log)]);
  await tasks.apply([endless('a', log), endless('c', log), endless('b', log)]);
  assert.deepEqual(log, ['start a', 'start b', 'stop b', 'start c', 'start b']);
  await tasks.apply([endless('a', log)]);
  assert.equal(monitor.status().tasks.length, 1);
  await tasks.stop();
  assert.deepEqual(log.slice(-1), ['stop a']);
  assert.deepEqual(
    monitor.status().tasks.map((task) => task.state),
    ['stopped'],
  );
});

test('ends when all its tasks have', async () => {
  const { tasks } = set();
  const finished = (key: string): TaskPlan => ({ key, run: () => Promise.resolve('finished') });
  await tasks.apply([finished('a'), finished('b')]);
  assert.deepEqual(await tasks.ended(), ['finished', 'finished']);
});

test('a failing task is started anew while the rest goes on, until it has failed too often', async () => {
  const { tasks, monitor, events } = set();
  const log: string[] = [];
  let tries = 0;
  const failing: TaskPlan = {
    key: 'f',
    run: () => {
      tries += 1;
      return Promise.reject(new ConnectorError('bad_data', `try ${tries}`));
    },
  };
  await tasks.apply([failing, endless('a', log)]);
  const ended = tasks.ended();
  while (monitor.status().tasks[0]?.state !== 'failed') await new Promise(setImmediate);
  const [status, other] = monitor.status().tasks;
  assert.equal(tries, 3);
  assert.deepEqual(status?.error, { code: 'bad_data', message: 'try 3' });
  assert.equal(status.errors, 3);
  assert.equal(other?.state, 'running');
  assert.deepEqual(events, [
    'task_failed',
    'task_restarting',
    'task_failed',
    'task_restarting',
    'task_failed',
  ]);
  await tasks.stop();
  assert.deepEqual(await ended, ['failed', 'stopped']);
});

test('progress between failures makes the count start again; an unreachable system is waited for', async () => {
  const { tasks, monitor } = set();
  let tries = 0;
  const plan: TaskPlan = {
    key: 'f',
    run: (task) => {
      tries += 1;
      if (tries === 30) return Promise.resolve('finished');
      if (tries < 10) {
        task.moved(1);
        return Promise.reject(new ConnectorError('internal', 'now and then'));
      }
      return Promise.reject(new ConnectorError('unreachable', 'away'));
    },
  };
  await tasks.apply([plan]);
  assert.deepEqual(await tasks.ended(), ['finished']);
  assert.equal(monitor.status().records, 9);
});

test('a definition that cannot work is not tried again', async () => {
  const { tasks } = set();
  let tries = 0;
  await tasks.apply([
    {
      key: 'f',
      run: () => {
        tries += 1;
        return Promise.reject(new ConnectorError('config', 'no'));
      },
    },
  ]);
  assert.deepEqual(await tasks.ended(), ['failed']);
  assert.equal(tries, 1);
});
