import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PassedMessage } from '../../src/mirror/passed-message.js';
import { routeNumbers, tookOf } from '../../src/mirror/route-numbers.js';
import { ClusterClocks } from '../../src/worker/meters/clock-skew.js';
import { RouteMeter } from '../../src/worker/meters/route-meter.js';

const source = { topic: 't', broker: 'b', queue: 0 };
const empty = Buffer.alloc(0);

const message = (offset: number, storedAt: number): PassedMessage => ({
  body: Buffer.alloc(10),
  passedOn: { properties: empty, flag: 0, sysFlag: 0, bornAt: null, reconsumeTimes: 0 },
  offset,
  position: offset + 1,
  bornAt: storedAt - 1,
  storedAt,
  to: null,
  leftOut: false,
});
const copied = (...storedAt: readonly number[]) => ({
  source,
  target: source,
  first: 0,
  targetFirst: 0,
  messages: storedAt.map((time, offset) => message(offset, time)),
});

test('how long messages took is by the source’s clock, and never less than nothing', () => {
  const clocks = new ClusterClocks();
  const now = 1_000_000;
  assert.deepEqual(tookOf(copied(now - 30, now - 30, now - 5, now + 4), now, clocks), [
    { latencyMs: 30, count: 2 },
    { latencyMs: 5, count: 1 },
    { latencyMs: 0, count: 1 },
  ]);
  // It is 100 ms ahead: what it stored at `now` by its clock was stored 100 ms ago.
  clocks.of('b').seen(now + 100, { from: now, to: now });
  assert.deepEqual(tookOf(copied(now), now, clocks), [{ latencyMs: 100, count: 1 }]);
});

test('of a backlog, those of about the same age are one look, and none is off by more than a bucket', () => {
  const now = 1_000_000_000;
  const times = Array.from({ length: 2_000 }, (_, n) => now - 3_600_000 + n * 20);
  const took = tookOf(copied(...times), now, new ClusterClocks());
  assert.ok(took.length <= 2, `${String(took.length)} looks`);
  assert.equal(
    took.reduce((sum, { count }) => sum + count, 0),
    2_000,
  );
  let at = 0;
  for (const { latencyMs, count } of took) {
    for (const time of times.slice(at, at + count)) {
      const real = now - time;
      assert.ok(latencyMs >= real && latencyMs <= real * 1.02);
    }
    at += count;
  }
});

test('heartbeats count nowhere', () => {
  const meter = new RouteMeter();
  const numbers = routeNumbers(meter);
  const heartbeats = { ...source, topic: 'rmq-connect-heartbeats' };
  numbers.copied({ ...copied(Date.now()), source: heartbeats });
  numbers.gap(heartbeats, 0, 5);
  numbers.copied(copied(Date.now() - 7, Date.now()));
  numbers.gap(source, 2, 5);
  const { records, bytes, missed, queues } = meter.status();
  assert.deepEqual([records, bytes, missed, queues.length], [2, 20, 3, 1]);
});
