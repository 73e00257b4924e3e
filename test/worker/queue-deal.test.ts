import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Queue } from '../../src/rocketmq/cluster.js';
import { dealQueues, emptiestQueue } from '../../src/worker/queue-deal.js';

const queues: Queue[] = [0, 1, 2, 3].map((queue) => ({ topic: 't', broker: 'b', queue }));

test('partitions are spread evenly, whatever is assigned already', () => {
  const taken: (Queue | null)[] = [queues[2] ?? null, null];
  for (let partition = 0; partition < 11; partition += 1) {
    const queue = emptiestQueue(queues, taken);
    assert.ok(queue !== undefined);
    taken.push(queue);
  }
  for (const queue of queues) assert.equal(taken.filter((other) => other === queue).length, 3);
});

test('queues of other topics and brokers do not count', () => {
  const elsewhere = { topic: 'other', broker: 'b', queue: 0 };
  assert.equal(emptiestQueue(queues, [elsewhere, elsewhere]), queues[0]);
  assert.equal(emptiestQueue([], []), undefined);
});

test('every queue is dealt once, and no hand is empty', () => {
  for (const tasks of [1, 2, 3, 4, 9]) {
    const hands = dealQueues(queues, tasks);
    assert.equal(hands.length, Math.min(tasks, 4));
    assert.deepEqual(new Set(hands.flat()), new Set(queues));
    const sizes = hands.map((hand) => hand.length);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
  }
  assert.deepEqual(dealQueues([], 3), []);
});

test('a queue that comes or goes moves as few others as can be, and they stay even', () => {
  const numbered = (...numbers: number[]): Queue[] =>
    numbers.map((queue) => ({ topic: 't', broker: 'b', queue }));
  const numbers = (hands: readonly (readonly Queue[])[]): number[][] =>
    hands.map((hand) => hand.map(({ queue }) => queue));
  const before = dealQueues(numbered(0, 1, 2, 3, 4, 5), 3);
  assert.deepEqual(numbers(before), [
    [0, 3],
    [1, 4],
    [2, 5],
  ]);
  const fewer = dealQueues(numbered(1, 2, 3, 4, 5), 3, before);
  assert.deepEqual(numbers(fewer), [[3], [1, 4], [2, 5]]);
  assert.deepEqual(numbers(dealQueues(numbered(1, 4), 3, before)), [[4], [1]]);
  assert.deepEqual(numbers(dealQueues(numbered(0, 1, 2, 3, 4, 5, 6), 3, fewer)), [
    [3, 0, 6],
    [1, 4],
    [2, 5],
  ]);
  assert.deepEqual(numbers(dealQueues(numbered(1, 4, 6, 7), 2, before)), [
    [6, 7],
    [1, 4],
  ]);
  assert.deepEqual(numbers(dealQueues(numbered(9), 2, before)), [[9]]);
});
