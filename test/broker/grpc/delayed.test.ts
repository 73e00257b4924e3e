import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmbeddedBroker } from '../../../src/broker/embedded-broker.js';
import { connectCluster } from '../../../src/rocketmq/remoting/connect.js';
import { until } from '../../rig/until.js';
import { atEnd, temporaryFolder } from '../../temp-folder.js';
import {
  bodyOf,
  endpointsOf,
  producerForTest,
  receiveCount,
  shutDown,
  simpleConsumerForTest,
} from './official-client.js';

test('delayed messages come at their time, in the order of it', async (t) => {
  const dir = await temporaryFolder(t);
  const broker = await startEmbeddedBroker({ dir, grpcPort: 0 });
  atEnd(t, () => broker.close());
  const producer = await producerForTest(t, endpointsOf(broker));
  const at = Date.now() + 1_000;
  const send = (body: string, later: number) =>
    producer.send({
      topic: 'orders',
      tag: 't',
      body: Buffer.from(body),
      properties: new Map([['TIMER_OUT_MS_of_mine', '1']]),
      deliveryTimestamp: new Date(at + later),
    });
  const consumer = await simpleConsumerForTest(t, endpointsOf(broker), {
    group: 'g',
    topics: 'orders',
    awaitMs: 10_000,
  });
  await send('third', 1_000);
  await send('first', 0);
  await send('second', 500);
  await producer.send({
    topic: 'orders',
    body: Buffer.from('past'),
    deliveryTimestamp: new Date(at - 60_000),
  });
  assert.deepEqual((await consumer.receive(32, 10_000)).map(bodyOf), ['past']);
  const received = [];
  for (const body of ['first', 'second', 'third']) {
    const [message] = await receiveCount(consumer, 1);
    assert.ok(message?.deliveryTimestamp !== undefined);
    assert.equal(bodyOf(message), body);
    const late = Date.now() - message.deliveryTimestamp.getTime();
    assert.ok(late >= 0 && late < 400, `${body} came ${late} ms after its time`);
    assert.deepEqual(message.properties, new Map([['TIMER_OUT_MS_of_mine', '1']]));
    assert.equal(message.tag, 't');
    received.push(message);
  }
});

test('delayed messages outlive the broker, and are delivered once, gRPC or not', async (t) => {
  const dir = await temporaryFolder(t);
  let broker = await startEmbeddedBroker({ dir, grpcPort: 0 });
  atEnd(t, () => broker.close());
  const producer = await producerForTest(t, endpointsOf(broker));
  const from = Date.now();
  const bodies = Array.from({ length: 30 }, (_, n) => String(n));
  for (const body of bodies) {
    // A third is delivered before the end, a third while the broker is away, a third after.
    const deliveryTimestamp = new Date(from + (Number(body) % 3) * 1_500 + 500);
    await producer.send({ topic: 'orders', body: Buffer.from(body), deliveryTimestamp });
  }
  const stored = async (): Promise<string[]> => {
    const cluster = connectCluster({ nameservers: [broker.address] });
    try {
      const queues = (await cluster.admin.topic('orders')) ?? [];
      const peeked = await Promise.all(queues.map((queue) => cluster.admin.peek(queue, 0, 100)));
      return peeked.flat().map((message) => message.body.toString());
    } finally {
      await cluster.close();
    }
  };
  const count = async (wanted: number): Promise<string[]> => {
    for (;;) {
      const found = await stored();
      if (found.length >= wanted) return found;
    }
  };
  await shutDown(producer);
  const early = await count(10);
  assert.ok(early.length < 30);
  await broker.close();
  broker = await startEmbeddedBroker({ dir });
  await count(30);
  await broker.close();
  broker = await startEmbeddedBroker({ dir });
  const all = await stored();
  assert.deepEqual(
    all.toSorted((a, b) => Number(a) - Number(b)),
    bodies,
  );
});

test('how far they are delivered is written when the deliveries are on the disk', async (t) => {
  // Nothing but what is looked at here brings the log to the disk.
  t.mock.timers.enable({ apis: ['setInterval'] });
  const dir = await temporaryFolder(t);
  const broker = await startEmbeddedBroker({ dir, grpcPort: 0 });
  atEnd(t, () => broker.close());
  const producer = await producerForTest(t, endpointsOf(broker));
  const deliveryTimestamp = new Date(Date.now() + 300);
  await producer.send({ topic: 'orders', body: Buffer.from('x'), deliveryTimestamp });
  const delivered = await until('the file', () => {
    const file = join(dir, 'delayed.json');
    if (!existsSync(file)) return undefined;
    const { from } = JSON.parse(readFileSync(file, 'utf8')) as { from: number };
    return from > 0 ? true : undefined;
  });
  assert.ok(delivered);
  const checkpoint = JSON.parse(readFileSync(join(dir, 'checkpoint.json'), 'utf8')) as { position: number };
  const [log = ''] = readdirSync(join(dir, 'log'));
  assert.equal(checkpoint.position, statSync(join(dir, 'log', log)).size);
});

test('where the log lost its end, what is held from then on is delivered all the same', async (t) => {
  const dir = await temporaryFolder(t);
  const send = async (body: string, later: number): Promise<void> => {
    const broker = await startEmbeddedBroker({ dir, grpcPort: 0 });
    const producer = await producerForTest(t, endpointsOf(broker));
    const deliveryTimestamp = new Date(Date.now() + later);
    await producer.send({ topic: 'orders', body: Buffer.from(body), deliveryTimestamp });
    await shutDown(producer);
    await broker.close();
  };
  await send('known to the file only', 3_600_000);
  writeFileSync(join(dir, 'delayed.json'), '{"version":1,"from":100,"marks":100}');
  await send('held', 1_000);
  const broker = await startEmbeddedBroker({ dir, grpcPort: 0 });
  atEnd(t, () => broker.close());
  const consumer = await simpleConsumerForTest(t, endpointsOf(broker), { group: 'g', topics: 'orders' });
  assert.deepEqual((await receiveCount(consumer, 1)).map(bodyOf), ['held']);
});
