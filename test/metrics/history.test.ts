import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../src/metrics/history.js';
import { observe } from '../../src/metrics/observe.js';
import { overviewOf } from '../../src/metrics/overview.js';
import { Bench, until, values } from '../worker/bench.js';

test('the history has a number for each time, and none where it is not known', async (t) => {
  const bench = await Bench.open(t);
  const worker = await bench.worker([bench.sourceDefinition()], false);
  let records: number | null = null;
  const look = () =>
    observe({
      version: '1',
      startedAt: new Date(0),
      worker,
      lagOf: () => ({ records, bytes: null, seconds: null }),
      clusters: () => [bench.cluster],
    });
  const history = new History(look);
  history.sample(1_000);
  bench.source.add('a', values('a', 40));
  await until(() => worker.monitors[0]?.records === 40);
  records = 3;
  history.sample(3_000);
  history.sample(5_000);
  assert.deepEqual(history.view(), {
    at: [1_000, 3_000, 5_000].map((at) => new Date(at).toISOString()),
    connectors: { in: { rate: [null, 20, 0], lag_records: [null, 3, 3], lag_seconds: [null, null, null] } },
  });
  for (let at = 6_000; at < 200_000; at += 1_000) history.sample(at);
  assert.equal(history.view().at.length, 180);
  assert.equal(history.view().connectors.in?.rate.length, 180);

  const [shown] = overviewOf(look()).connectors;
  assert.deepEqual(
    [shown?.connector, shown?.plugin, shown?.topics, shown?.records, shown?.error, shown?.lag.records],
    ['in', 'memory', ['t'], 40, null, 3],
  );
  assert.equal(shown?.tasks[0]?.bytes, values('a', 40).join('').length);
  await worker.stop();
});
