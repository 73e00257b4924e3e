import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { FilterExpression, type MessageView, type SimpleConsumer } from 'rocketmq-client-nodejs';
import { connectCluster } from '../../../src/rocketmq/remoting/connect.js';
import { atEnd } from '../../temp-folder.js';
import { createTopic, pullFields, startForTest } from '../raw-client.js';
import {
  bodyOf,
  endpointsOf,
  producerForTest,
  receiveCount,
  simpleConsumerForTest,
} from './official-client.js';

async function started(t: TestContext, retryMaxTimes = 16) {
  const { broker, client } = await startForTest(t, { grpcPort: 0 });
  await createTopic(client, 'orders', 1);
  await client.ask(200, {}, { groupName: 'g', retryMaxTimes });
  const endpoints = endpointsOf(broker);
  const producer = await producerForTest(t, endpoints);
  const consumer = await simpleConsumerForTest(t, endpoints, {
    group: 'g',
    topics: 'orders',
    awaitMs: 1_000,
  });
  const cluster = connectCluster({ nameservers: [broker.address] });
  atEnd(t, () => cluster.close());
  const send = (body: string) =>
    producer.send({ topic: 'orders', tag: 't', keys: ['k'], body: Buffer.from(body) });
  return { client, endpoints, consumer, cluster, send };
}

async function one(consumer: SimpleConsumer): Promise<MessageView> {
  const [message, ...more] = await consumer.receive(32, 10_000);
  assert.ok(message !== undefined);
  assert.deepEqual(more, []);
  return message;
}

const refused = /receipt handle is not valid/;

test('what is not acknowledged in time comes again, and is counted', async (t) => {
  const { consumer, cluster, send } = await started(t);
  await send('x');
  const first = await one(consumer);
  const from = performance.now();
  const again = await (async () => {
    for (;;) {
      const messages = await consumer.receive(32, 10_000);
      if (messages[0] !== undefined) return messages[0];
    }
  })();
  assert.ok(performance.now() - from > 9_000, 'not before its invisible time is over');
  assert.deepEqual([again.messageId, again.deliveryAttempt, first.deliveryAttempt], [first.messageId, 2, 1]);
  // It checks the status of the answer only, not that of the entry, which are the same for one entry.
  await assert.rejects(consumer.ack(first), refused);
  await consumer.ack(again);
  await consumer.ack(again);
  const [offset] = await cluster.admin.groupOffsets('g', ['orders']);
  assert.equal(offset?.offset, 1);
});

test('the invisible time can be made shorter and longer, with a new handle', async (t) => {
  const { consumer, send } = await started(t);
  await send('x');
  const first = await one(consumer);
  const oldHandle = first.receiptHandle;
  await consumer.changeInvisibleDuration(first, 300);
  assert.notEqual(first.receiptHandle, oldHandle);
  const second = await one(consumer);
  assert.equal(second.deliveryAttempt, 2);
  await assert.rejects(consumer.ack(first), refused);
  await assert.rejects(consumer.changeInvisibleDuration(first, 1_000), refused);
  await consumer.changeInvisibleDuration(second, 60_000);
  assert.deepEqual(await consumer.receive(32, 10_000), []);
  await consumer.changeInvisibleDuration(second, 0);
  const third = await one(consumer);
  assert.equal(third.deliveryAttempt, 3);
  await consumer.ack(third);
});

test('a message that was tried too often goes to the dead letters of its group', async (t) => {
  const { consumer, endpoints, send } = await started(t, 2);
  const { messageId } = await send('poison');
  await send('fine');
  for (let attempt = 1; attempt <= 3; attempt++) {
    const messages = await consumer.receive(32, 10_000);
    const poison = messages.find((message) => bodyOf(message) === 'poison');
    assert.equal(poison?.deliveryAttempt, attempt);
    for (const message of messages) if (message !== poison) await consumer.ack(message);
    await consumer.changeInvisibleDuration(poison, 0);
  }
  const dead = await simpleConsumerForTest(t, endpoints, {
    group: 'undertaker',
    topics: 'other',
    awaitMs: 500,
  });
  assert.deepEqual(await consumer.receive(32, 10_000), []);
  await dead.subscribe('%DLQ%g', new FilterExpression('*'));
  dead.unsubscribe('other');
  const [letter, ...more] = await receiveCount(dead, 1);
  assert.ok(letter !== undefined);
  assert.deepEqual(more, []);
  assert.deepEqual(
    [bodyOf(letter), letter.messageId, letter.tag, letter.keys, letter.topic],
    ['poison', messageId, 't', ['k'], '%DLQ%g'],
  );
});

test('only what is not acknowledged comes again', async (t) => {
  const { consumer, cluster, send } = await started(t);
  for (let n = 0; n < 10; n++) await send(String(n));
  const messages = await receiveCount(consumer, 10, { acknowledge: false });
  for (const message of messages) {
    if (Number(bodyOf(message)) % 3 === 0) await consumer.changeInvisibleDuration(message, 0);
    else await consumer.ack(message);
  }
  const again = await receiveCount(consumer, 4);
  assert.deepEqual(again.map(bodyOf), ['0', '3', '6', '9']);
  assert.equal((await cluster.admin.groupOffsets('g', ['orders']))[0]?.offset, 10);
});

test('an offset that is reset on the remoting side is where receiving goes on', async (t) => {
  const { consumer, cluster, send } = await started(t);
  for (let n = 0; n < 5; n++) await send(String(n));
  const [first] = await receiveCount(consumer, 5);
  const [queue] = (await cluster.admin.topic('orders')) ?? [];
  assert.ok(queue !== undefined && first !== undefined);
  await cluster.admin.resetOffset('g', queue, 2);
  assert.deepEqual((await receiveCount(consumer, 3)).map(bodyOf), ['2', '3', '4']);
  await cluster.admin.resetOffset('g', queue, 4);
  const [last] = await receiveCount(consumer, 1, { acknowledge: false });
  assert.ok(last !== undefined);
  assert.equal(last.deliveryAttempt, 1);
  await cluster.admin.resetOffset('g', queue, 0);
  await assert.rejects(async () => {
    await consumer.receive(1, 10_000);
    await consumer.ack(last);
  }, refused);
});

test('what a member on the remoting side committed is done', async (t) => {
  const { client, consumer, send } = await started(t);
  await send('x');
  const message = await one(consumer);
  const pulled = await client.ask(11, pullFields('g', 'orders', 0, 0));
  assert.equal(pulled.code, 0);
  await client.ask(15, { consumerGroup: 'g', topic: 'orders', queueId: 0, commitOffset: 1 });
  assert.deepEqual(await consumer.receive(32, 10_000), []);
  await consumer.ack(message);
  await send('y');
  assert.equal(bodyOf(await one(consumer)), 'y');
});
