import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fifoQueue } from '../../../src/broker/grpc/fifo-queue.js';

test('a message group goes to the queue that Guava’s consistentHash chooses in a proxy', () => {
  // Made with com.google.common.hash.Hashing.consistentHash(group.hashCode(), queues).
  const chosen: readonly [string, number, number][] = [
    ['户79190', 11, 7],
    ['zZ-87109', 12, 5],
    ['group95028', 13, 3],
    ['户102947', 14, 2],
    ['zZ-110866', 15, 8],
    ['group118785', 16, 10],
    ['zZ-134623', 1, 0],
  ];
  for (const [group, queues, queue] of chosen) assert.equal(fifoQueue(group, queues), queue, group);
});
