import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { offsetAt, readMessages } from '../../src/cli/topic-reading.js';
import type { Queue, QueueStats, StoredMessage } from '../../src/rocketmq/cluster.js';

/** Two queues; message n of queue q was stored at 10 n + q. */
const queues: readonly QueueStats[] = [0, 1].map((queue) => ({
  topic: 't',
  broker: 'b',
  queue,
  min: 5,
  max: 50,
  lastStoredAt: null,
}));

function stored({ queue }: Queue, offset: number): StoredMessage {
  return {
    topic: 't',
    broker: 'b',
    queue,
    offset,
    body: Buffer.from(`${String(queue)}-${String(offset)}`),
    bodyBytes: `${String(queue)}-${String(offset)}`.length,
    key: undefined,
    tag: undefined,
    id: `${String(queue)}-${String(offset)}`,
    properties: {},
    property: () => undefined,
    propertyIs: () => false,
    allProperties: {},
    bornAt: 0,
    storedAt: 10 * offset + queue,
    reconsumeTimes: 0,
  };
}

/** Gives at most three messages at a time, as a broker may. */
const admin = {
  peek: (queue: Queue, offset: number, limit: number): Promise<readonly StoredMessage[]> =>
    Promise.resolve(
      Array.from({ length: Math.min(3, limit, Math.max(0, 50 - offset)) }, (_, n) =>
        stored(queue, offset + n),
      ),
    ),
  storedAt: (queue: Queue, offset: number): Promise<number | null> =>
    Promise.resolve(offset < 50 ? stored(queue, offset).storedAt : null),
};

const ids = (messages: readonly StoredMessage[]): readonly string[] => messages.map(({ id }) => id);

describe('reading a topic', () => {
  test('from its start, over all queues in the order of storing', async () => {
    assert.deepEqual(ids(await readMessages(admin, queues, 'earliest', 5)), [
      '0-5',
      '1-5',
      '0-6',
      '1-6',
      '0-7',
    ]);
  });

  test('its last messages', async () => {
    assert.deepEqual(ids(await readMessages(admin, queues, 'latest', 4)), ['0-48', '1-48', '0-49', '1-49']);
  });

  test('from a time on', async () => {
    assert.deepEqual(ids(await readMessages(admin, queues, 201, 3)), ['1-20', '0-21', '1-21']);
    assert.deepEqual(ids(await readMessages(admin, queues, 10_000, 3)), []);
  });

  test('all there is, where the limit is higher', async () => {
    assert.equal((await readMessages(admin, queues, 'earliest', 1000)).length, 90);
  });
});

test('the offset at a time is the first one stored then or later', async () => {
  const at = (time: number): Promise<number> =>
    offsetAt({ min: 0, max: 8 }, time, (offset) => Promise.resolve([1, 1, 2, 5, 5, 5, 9, 9][offset] ?? null));
  assert.deepEqual(await Promise.all([0, 1, 2, 3, 5, 9, 10].map(at)), [0, 0, 2, 3, 3, 6, 8]);
});
