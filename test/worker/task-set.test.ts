import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ConnectorError } from '../../src/sdk/index.js';
import { ConnectorMonitor, type TaskMonitor } from '../../src/worker/monitor.js';
import type { RestartPolicy } from '../../src/worker/restarts.js';
import { TaskSet, type TaskPlan } from '../../src/worker/task-set.js';

const policy: RestartPolicy = {
  backoff: { firstMs: 1, maxMs: 2 },
  maxRestarts: 2,
  maxRetryableRestarts: Infinity,
  windowMs: 3_600_000,
};

function set(rules = policy): { tasks: TaskSet; monitor: ConnectorMonitor; events: string[] } {
  const monitor = new ConnectorMonitor({ name: 'c', kind: 'source', job: 'j' }, () => undefined);
  const events: string[] = [];
  const tasks = new TaskSet(monitor, rules, (event) => events.push(event.type));
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
  const plan: TaskPlan = {
    key: 'f',
    run: () => {
      tries += 1;
      return Promise.reject(new ConnectorError('bad_data', `try ${tries}`));
    },
  };
  await tasks.apply([plan, endless('a', log)]);
  const ended = tasks.ended();
  while (monitor.status().tasks[0]?.state !== 'failed') await new Promise(setImmediate);
  const [status, other] = monitor.status().tasks;
  assert.equal(tries, 3);
  assert.deepEqual(status?.error, { code: 'bad_data', message: 'try 3' });
  assert.equal(status.errors, 3);
  assert.deepEqual(
    status.failures.map(({ message }) => message),
    ['try 1', 'try 2', 'try 3'],
  );
  const times = status.failures.map(({ at }) => Date.parse(at));
  assert.ok(times.every((time, index) => time >= (times[index - 1] ?? 0)));
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

/** Fails `failures` times, then finishes. */
function failing(failures: number, fail: (monitor: TaskMonitor) => Promise<Error> | Error): TaskPlan {
  let runs = 0;
  return {
    key: 'f',
    run: async (monitor) => {
      runs += 1;
      if (runs > failures) return 'finished';
      throw await fail(monitor);
    },
  };
}

test('an unreachable system is waited for, and does not count', async () => {
  const { tasks, monitor } = set();
  await tasks.apply([failing(30, () => new ConnectorError('unreachable', 'away'))]);
  assert.deepEqual(await tasks.ended(), ['finished']);
  assert.equal(monitor.status().tasks[0]?.failures.length, 20);
});

test('a task that moves something between its failures fails for good all the same', async () => {
  const { tasks, monitor } = set();
  const plan = failing(10, (task) => {
    task.moved(1);
    return new ConnectorError('bad_data', 'again');
  });
  await tasks.apply([plan]);
  assert.deepEqual(await tasks.ended(), ['failed']);
  assert.equal(monitor.status().records, 3);
});

test('restarts of long ago do not count', async () => {
  const { tasks } = set({ ...policy, windowMs: 5 });
  const plan = failing(10, async () => {
    const startedAt = performance.now();
    while (performance.now() - startedAt < 6) await new Promise(setImmediate);
    return new ConnectorError('bad_data', 'now and then');
  });
  await tasks.apply([plan]);
  assert.deepEqual(await tasks.ended(), ['finished']);
});

test('what has work and does not move is called stalled until it moves', () => {
  const told: string[] = [];
  const monitor = new ConnectorMonitor({ name: 'c', kind: 'sink', job: 'j' }, (type) => told.push(type));
  const task = monitor.openTask(0);
  task.is('running');
  let work = false;
  task.works(() => work);
  monitor.is('running');
  monitor.look(0);
  assert.deepEqual(told, []);
  work = true;
  task.retries(new ConnectorError('unavailable', 'the disk is full'));
  monitor.look(60_000);
  assert.equal(monitor.status().tasks[0]?.detail, null);
  monitor.look(0);
  monitor.look(0);
  const detail = monitor.status().tasks[0]?.detail;
  assert.equal(detail?.code, 'stalled');
  assert.match(detail.message, /there is work.*the disk is full/);
  assert.ok(Date.parse(detail.since) <= Date.now());
  task.moved(5);
  assert.equal(monitor.status().tasks[0]?.detail, null);
  assert.deepEqual(told, ['task_stalled', 'task_recovered']);
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
