import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route, RouteBroker } from '../../../src/rocketmq/remoting/requests/route.js';
import { RocketmqError } from '../../../src/rocketmq/errors.js';
import { Connections } from '../../../src/rocketmq/remoting/connections.js';
import { readableQueues, Routes, writableQueues } from '../../../src/rocketmq/remoting/routes.js';
import type { Ask } from '../../../src/rocketmq/remoting/request.js';

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

test('while no name server answers, the last route serves everybody, and is not asked for again each time', async () => {
  let away = false;
  let asked = 0;
  const body = Buffer.from(
    JSON.stringify({
      brokerDatas: [{ brokerName: 'a', cluster: 'c', brokerAddrs: { 0: 'host:1' } }],
      queueDatas: [{ brokerName: 'a', readQueueNums: 1, writeQueueNums: 1, perm: 6 }],
    }),
  );
  const nameServers: Ask = async (request) => {
    asked += 1;
    await new Promise(setImmediate);
    if (away) throw new RocketmqError('unreachable', 'no name server answers');
    return { code: 0, remark: '', fields: {}, body, address: 'ns', request };
  };
  const connections = new Connections({ connectTimeoutMs: 1, requestTimeoutMs: 1, idleMs: 1 });
  const routes = new Routes(nameServers, connections, {});
  const known = await routes.find('t');
  away = true;
  const sharing = [routes.find('t', { fresh: true }), routes.find('t'), routes.find('t')];
  assert.deepEqual(await Promise.all(sharing), [known, known, known]);
  for (let times = 0; times < 3; times++) assert.equal(await routes.find('t'), known);
  assert.equal(asked, 2);
  await assert.rejects(routes.find('another'), { code: 'unreachable' });
});
