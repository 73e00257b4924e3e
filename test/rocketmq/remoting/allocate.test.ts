import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Queue } from '../../../src/rocketmq/cluster.js';
import { allocateAveragely } from '../../../src/rocketmq/remoting/allocate.js';

const queues = (count: number): Queue[] =>
  Array.from({ length: count }, (_, queue) => ({ topic: 't', broker: 'b', queue }));

/** The queue numbers each of `members` gets. */
function dealt(count: number, members: readonly string[]): readonly (readonly number[])[] {
  const all = allocateAveragely(queues(count).reverse(), members);
  return [...all.values()].map((own) => own.map(({ queue }) => queue));
}

test('runs of neighbours, the first members get one more: as AllocateMessageQueueAveragely deals', () => {
  assert.deepEqual(dealt(8, ['a']), [[0, 1, 2, 3, 4, 5, 6, 7]]);
  assert.deepEqual(dealt(8, ['a', 'b', 'c']), [
    [0, 1, 2],
    [3, 4, 5],
    [6, 7],
  ]);
  assert.deepEqual(dealt(7, ['a', 'b', 'c', 'd']), [[0, 1], [2, 3], [4, 5], [6]]);
  assert.deepEqual(dealt(2, ['a', 'b', 'c']), [[0], [1], []]);
  assert.deepEqual(dealt(0, ['a', 'b']), [[], []]);
  assert.deepEqual(dealt(3, []), []);
});

test('members are sorted by code units and counted once, queues by topic, broker and number', () => {
  const all = allocateAveragely(queues(3), ['~java', 'Host', 'host', 'Host']);
  assert.deepEqual([...all.keys()], ['Host', 'host', '~java']);
  const mixed: Queue[] = [
    { topic: 't', broker: 'b', queue: 10 },
    { topic: 't', broker: 'b', queue: 9 },
    { topic: 't', broker: 'a', queue: 11 },
  ];
  assert.deepEqual(
    [...(allocateAveragely(mixed, ['one']).get('one') ?? [])].map(({ broker, queue }) => [broker, queue]),
    [
      ['a', 11],
      ['b', 9],
      ['b', 10],
    ],
  );
});
