import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queueProgress, sinkLag, sumKnown } from '../../src/cli/sink-progress.js';
import type { GroupOffset } from '../../src/rocketmq/cluster.js';

const now = 1_700_000_100_000;

function queue(number: number, of: Partial<GroupOffset>): GroupOffset {
  return {
    topic: 't',
    broker: 'b',
    queue: number,
    min: 0,
    max: 100,
    offset: 100,
    lastStoredAt: null,
    lastConsumedStoredAt: null,
    member: null,
    inFlight: null,
    ...of,
  };
}

/** Message n was stored n seconds after 1,700,000,000. */
const storedAt = (_: unknown, offset: number): Promise<number | null> =>
  Promise.resolve(1_700_000_000_000 + offset * 1000);

test('a group that never committed is behind from where it will start', () => {
  const untouched = queue(0, { offset: null, min: 10 });
  assert.equal(queueProgress(untouched, 'earliest').lag, 90);
  assert.equal(queueProgress(untouched, 'earliest').offset, null);
  assert.equal(queueProgress(untouched, 'latest').lag, null);
  assert.equal(queueProgress(untouched, 1_600_000_000_000).lag, null);
  assert.equal(queueProgress(queue(0, { offset: null, min: 5, max: 5 }), 'latest').lag, 0);
});

test('an offset beyond the end is neither a negative lag nor none: nobody can tell', async () => {
  const beyond = queue(0, { offset: 120 });
  assert.equal(queueProgress(beyond, 'earliest').lag, null);
  assert.deepEqual(await sinkLag([beyond, queue(1, {})], 'earliest', storedAt, now), {
    records: null,
    bytes: null,
    seconds: null,
  });
});

test('lag in seconds is the age of the oldest message that was not consumed', async () => {
  const queues = [queue(0, { offset: 100 }), queue(1, { offset: 70 }), queue(2, { offset: 40 })];
  assert.deepEqual(await sinkLag(queues, 'earliest', storedAt, now), {
    records: 90,
    bytes: null,
    seconds: 60,
  });
});

test('nothing left is 0 seconds, and asks nothing', async () => {
  const never = (): Promise<null> => Promise.reject(new Error('asked'));
  const lag = await sinkLag([queue(0, {})], 'earliest', never, now);
  assert.deepEqual(lag, { records: 0, bytes: null, seconds: 0 });
});

test('what expired unread is not waited for: the first message there counts', async () => {
  const lag = await sinkLag([queue(0, { offset: 10, min: 50 })], 'earliest', storedAt, now);
  assert.equal(lag.seconds, 50);
});

test('one unknown part makes the whole unknown', async () => {
  const queues = [queue(0, { offset: null }), queue(1, { offset: 70 })];
  assert.equal((await sinkLag(queues, 'latest', storedAt, now)).records, null);
  const lost = (): Promise<null> => Promise.resolve(null);
  assert.equal((await sinkLag([queue(0, { offset: 1 })], 'earliest', lost, now)).seconds, null);
  assert.equal(sumKnown([1, null, 2]), null);
  assert.equal(sumKnown([1, 2]), 3);
  assert.equal(sumKnown([]), 0);
});
