/** What is told of a route, from another process, against what the test has sent. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { until } from '../rig/until.js';
import { town } from './mirror-bench.js';
import { Observed } from './observed-route.js';

const observe = async (t: TestContext, config = ''): Promise<Observed> =>
  Observed.open(t, [await town(t, 'east'), await town(t, 'west')], config);

test('the numbers of a route are those of what was sent, while it runs and after', async (t) => {
  const observed = await observe(t);
  const startedAt = Date.now();
  const run = await observed.start(t);
  const sentFrom = Date.now();
  await observed.load('orders', [100, 100, 100, 100]);
  const sentTo = Date.now();
  // A rate is told from its second second on.
  const copied = await until('all is copied and told', async () => {
    const lag = await observed.lag('--by', 'topic');
    const { copied: its, backlog, rate } = lag;
    return its.records === 400 && backlog.records === 0 && rate.m1 !== null ? lag : undefined;
  });
  const toldAt = Date.now();
  assert.ok((copied.copied.bytes ?? 0) >= 400 * 100);
  assert.equal(copied.missed, 0);
  assert.ok(copied.last_sync !== null);
  const born = Date.parse(copied.last_sync.born_at);
  assert.ok(born >= sentFrom && born <= sentTo, 'the last one was born while the test was sending');
  const at = Date.parse(copied.last_sync.at);
  assert.ok(at >= sentFrom && at <= toldAt);
  // The mean since the start, as it has not run for a minute; at any time after, until it was told.
  const { m1 } = copied.rate;
  assert.ok(m1 !== null);
  assert.ok(m1 >= 400 / ((toldAt - startedAt) / 1000) - 0.1, `${String(m1)}/s`);
  assert.ok(m1 <= 400 / ((at - sentFrom) / 1000 || 1), `${String(m1)}/s`);
  const { latency_ms: latency } = copied;
  assert.ok(latency !== null && latency.p50 <= latency.p99 && latency.p99 <= latency.max);
  assert.ok(latency.max <= toldAt - startedAt);
  assert.deepEqual(
    copied.parts?.map((part) => [part.topic, part.copied.records]),
    [['orders', 400]],
  );

  run.signal('SIGTERM');
  assert.equal((await run.ended).code, 0);
  const oldest = await observed.load('orders', [50, 100, 150, 0]);
  await observed.load('later', [7]);
  const askedAt = Date.now();
  const stopped = await observed.lag('--by', 'queue');
  const answeredAt = Date.now();
  assert.deepEqual(
    stopped.parts?.map(({ topic, queue, backlog }) => [topic, queue, backlog.records]),
    [
      ['later', 0, 7],
      ['orders', 0, 50],
      ['orders', 1, 100],
      ['orders', 2, 150],
      ['orders', 3, 0],
    ],
  );
  assert.equal(stopped.backlog.records, 307);
  assert.deepEqual(stopped.lag, { records: 307, bytes: null, seconds: stopped.backlog.seconds });
  const seconds = stopped.backlog.seconds ?? NaN;
  assert.ok(seconds >= (askedAt - oldest) / 1000 && seconds <= (answeredAt - oldest) / 1000);
  assert.deepEqual(stopped.rate, { now: null, m1: null, m10: null });
  assert.equal(stopped.latency_ms, null);
  assert.deepEqual(stopped.last_sync, copied.last_sync);
  assert.deepEqual([await observed.lagCode('--max', '307'), await observed.lagCode('--max', '306')], [0, 4]);

  const again = await observed.start(t);
  await until('the rest is copied', async () => {
    const lag = await observed.lag();
    return lag.copied.records === 307 && lag.backlog.records === 0 ? lag : undefined;
  });
  again.signal('SIGTERM');
  await again.ended;
  await observed.from.cluster.admin.deleteTopic('later');
  assert.equal(
    await observed.lagCode('--max', '0'),
    0,
    'of a topic that was deleted nothing is left to copy',
  );
});

test('an idle route has a latency, and its heartbeats count as nothing else', async (t) => {
  const observed = await observe(t, '      heartbeats: { every_ms: 100 }\n');
  await observed.start(t);
  const lag = await until('a latency and a skew', async () => {
    const seen = await observed.lag();
    return seen.latency_ms !== null && seen.clock_skew !== null ? seen : undefined;
  });
  assert.equal(lag.no_heartbeats, null);
  // One machine has one clock.
  const { ms, error_ms: error } = lag.clock_skew ?? { ms: NaN, error_ms: NaN };
  assert.ok(Math.abs(ms) <= error, `${String(ms)} ± ${String(error)} ms`);
  assert.deepEqual(lag.copied, { records: 0, bytes: 0 });
  assert.deepEqual(lag.backlog, { records: 0, seconds: 0 });
  assert.equal(lag.last_sync, null);
  assert.equal(lag.rate.now, 0);
});

test('without heartbeats an idle route has no latency, and says why', async (t) => {
  const observed = await observe(t, '      heartbeats: false\n');
  await observed.start(t);
  const lag = await until('the worker tells', async () => {
    const seen = await observed.lag();
    return (seen.no_heartbeats ?? '').includes('turned off') ? seen : undefined;
  });
  assert.equal(lag.latency_ms, null);
  assert.equal(lag.clock_skew, null);
  assert.equal(await observed.from.cluster.admin.topicExists('rmq-connect-heartbeats'), false);
});
