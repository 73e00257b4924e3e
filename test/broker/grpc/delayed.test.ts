import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEmbeddedBroker } from '../../../src/broker/embedded-broker.js';
import { connectCluster } from '../../../src/rocketmq/remoting/connect.js';
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
