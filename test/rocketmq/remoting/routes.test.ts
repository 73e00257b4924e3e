import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route, RouteBroker } from '../../../src/rocketmq/remoting/requests/route.js';
import { readableQueues, writableQueues } from '../../../src/rocketmq/remoting/routes.js';

function route(...brokers: Partial<RouteBroker>[]): Route {
  const usual = { cluster: 'c', broker: 'a', master: 'host:1', readQueues: 2, writeQueues: 2 };
  return {
    topic: 't',
    brokers: brokers.map((broker) => ({ ...usual, readable: true, writable: true, ...broker })),
    isStatic: false,
  };
}
const names = (queues: readonly { broker: string; queue: number }[]): string =>
  queues.map(({ broker, queue }) => `${broker}${queue}`).join(' ');

test('queues of all brokers that have a master', () => {
  const all = route({}, { broker: 'b', readQueues: 3, writeQueues: 3 }, { broker: 'c', master: undefined });
  assert.equal(names(writableQueues(all)), 'a0 a1 b0 b1 b2');
  assert.equal(names(readableQueues(all)), 'a0 a1 b0 b1 b2');
});

test('writes only to queues that can be read back', () => {
  const more = route({ readQueues: 1, writeQueues: 4 }, { broker: 'b', readQueues: 4, writeQueues: 1 });
  assert.equal(names(writableQueues(more)), 'a0 b0');
  assert.equal(names(readableQueues(more)), 'a0 b0 b1 b2 b3');
});

test('respects permissions', () => {
  const partly = route({ readable: false }, { broker: 'b', writable: false });
  assert.equal(names(writableQueues(partly)), '');
  assert.equal(names(readableQueues(partly)), 'b0 b1');
});
