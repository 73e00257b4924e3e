import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectCluster } from '../../../src/rocketmq/remoting/connect.js';
import { atEnd } from '../../temp-folder.js';
import { createTopic, properties, sendFields, startForTest } from '../raw-client.js';
import {
  bodyOf,
  endpointsOf,
  producerForTest,
  receiveCount,
  simpleConsumerForTest,
} from './official-client.js';

test('a message sent over gRPC is read over the wire, with all it has', async (t) => {
  const { broker } = await startForTest(t, { grpcPort: 0 });
  const producer = await producerForTest(t, endpointsOf(broker));
  const sent = await producer.send({
    topic: 'orders',
    tag: 'new',
    keys: ['k-1', 'k-2'],
    body: Buffer.from('äöü 漢字'),
    properties: new Map([
      ['number', '7'],
      ['empty', ''],
    ]),
  });
  const cluster = connectCluster({ nameservers: [broker.address] });
  atEnd(t, () => cluster.close());
  const queues = (await cluster.admin.topic('orders')) ?? [];
  const peeked = await Promise.all(queues.map((queue) => cluster.admin.peek(queue, 0, 10)));
  const [message, ...more] = peeked.flat();
  assert.deepEqual(more, []);
  assert.equal(message?.body.toString(), 'äöü 漢字');
  assert.deepEqual([message.tag, message.key, message.id], ['new', 'k-1 k-2', sent.messageId]);
  assert.deepEqual({ ...message.properties }, { number: '7', empty: '' });
  assert.equal(message.offset, sent.offset);
  assert.ok(Math.abs(message.bornAt - Date.now()) < 60_000);
});

test('a message sent over the wire is received over gRPC, and the group’s offset follows', async (t) => {
  const { broker, client } = await startForTest(t, { grpcPort: 0 });
  await createTopic(client, 'orders', 1);
  const cluster = connectCluster({ nameservers: [broker.address] });
  atEnd(t, () => cluster.close());
  const producer = cluster.producer('p');
  const [queue] = await producer.queues('orders');
  assert.ok(queue !== undefined);
  const body = Buffer.from('x'.repeat(10_000));
  await producer.send(queue, [
    { body, key: 'a b', tag: 'new', properties: { number: '7' } },
    { body: Buffer.from('second') },
  ]);
  const consumer = await simpleConsumerForTest(t, endpointsOf(broker), { group: 'g', topics: 'orders' });
  const [first, second] = await receiveCount(consumer, 2, { acknowledge: false });
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(first.body, body);
  assert.equal(first.corrupted, undefined);
  assert.deepEqual([first.tag, first.keys, first.offset], ['new', ['a', 'b'], 0]);
  assert.deepEqual(first.properties, new Map([['number', '7']]));
  assert.deepEqual([bodyOf(second), second.keys, second.deliveryAttempt], ['second', [], 1]);
  const committed = async () => (await cluster.admin.groupOffsets('g', ['orders']))[0]?.offset;
  assert.equal(await committed(), 0, 'nothing is acknowledged');
  await consumer.ack(second);
  assert.equal(await committed(), 0, 'the first one is not');
  await consumer.ack(first);
  assert.equal(await committed(), 2);
});

test('messages that are not what their senders say do not hold up those around them', async (t) => {
  const { broker, client } = await startForTest(t, { grpcPort: 0 });
  await createTopic(client, 'orders', 1);
  const send = async (body: string, more: object): Promise<void> => {
    const { code } = await client.ask(310, sendFields('orders', 0, { ...more }), Buffer.from(body));
    assert.equal(code, 0);
  };
  await send('before', {});
  await send('not compressed', { f: 1 });
  await send('no batch', { f: 0x80 });
  await send('no time', { i: properties({ BORN_TIMESTAMP: 'yesterday' }) });
  await send('after', {});
  const consumer = await simpleConsumerForTest(t, endpointsOf(broker), { group: 'g', topics: 'orders' });
  const received = await receiveCount(consumer, 4);
  assert.deepEqual(received.map(bodyOf), ['before', 'not compressed', 'no time', 'after']);
});

test('tags select, and what they leave out counts as done', async (t) => {
  const { broker } = await startForTest(t, { grpcPort: 0 });
  const endpoints = endpointsOf(broker);
  const producer = await producerForTest(t, endpoints);
  // "Aa" and "BB" have the same hash, which the index goes by.
  const tags = ['Aa', 'BB', 'c', undefined];
  for (let n = 0; n < 40; n++) {
    const tag = tags[n % 4];
    await producer.send({ topic: 'tagged', body: Buffer.from(String(n)), ...(tag && { tag }) });
  }
  const consumer = await simpleConsumerForTest(t, endpoints, {
    group: 'g',
    topics: { tagged: 'Aa || c' },
    awaitMs: 1_000,
  });
  const received = await receiveCount(consumer, 20);
  assert.deepEqual(
    new Set(received.map(bodyOf)),
    new Set(
      Array.from({ length: 40 }, (_, n) => n).flatMap((n) => (n % 4 === 0 || n % 4 === 2 ? [String(n)] : [])),
    ),
  );
  assert.equal(received.length, 20);
  assert.deepEqual(await consumer.receive(32, 10_000), []);
  const cluster = connectCluster({ nameservers: [broker.address] });
  atEnd(t, () => cluster.close());
  for (const { offset, max } of await cluster.admin.groupOffsets('g', ['tagged'])) assert.equal(offset, max);
});

test('a waiting receive is answered when a message arrives, from either side', async (t) => {
  const { broker, client } = await startForTest(t, { grpcPort: 0 });
  await createTopic(client, 'late', 2);
  const endpoints = endpointsOf(broker);
  const producer = await producerForTest(t, endpoints);
  const consumer = await simpleConsumerForTest(t, endpoints, { group: 'g', topics: 'late', awaitMs: 20_000 });
  const cluster = connectCluster({ nameservers: [broker.address] });
  atEnd(t, () => cluster.close());
  const wire = cluster.producer('p');
  const [queue] = await wire.queues('late');
  assert.ok(queue !== undefined);
  await producer.send({ topic: 'late', body: Buffer.from('warm') });
  await receiveCount(consumer, 1);
  for (const send of [
    () => producer.send({ topic: 'late', body: Buffer.from('x') }),
    () => wire.send(queue, [{ body: Buffer.from('x') }]),
  ]) {
    const waiting = consumer.receive(32, 10_000);
    let answered = false;
    void waiting.then(() => (answered = true));
    // A second receive that finds nothing shows that the first one waits.
    const other = await simpleConsumerForTest(t, endpoints, { group: 'h', topics: 'other', awaitMs: 300 });
    assert.deepEqual(await other.receive(1, 10_000), []);
    assert.equal(answered, false);
    const from = performance.now();
    await send();
    const [message] = await waiting;
    assert.ok(performance.now() - from < 5_000);
    assert.ok(message !== undefined);
    await consumer.ack(message);
  }
});

test('messages of a group go to one queue, in their order', async (t) => {
  const { broker, client } = await startForTest(t, { grpcPort: 0 });
  await createTopic(client, 'fifo', 4);
  await client.ask(200, {}, { groupName: 'orderly', consumeMessageOrderly: true });
  const endpoints = endpointsOf(broker);
  const producer = await producerForTest(t, endpoints);
  for (let n = 0; n < 60; n++) {
    await producer.send({
      topic: 'fifo',
      messageGroup: `g${n % 6}`,
      body: Buffer.from(String(n)),
    });
  }
  const consumer = await simpleConsumerForTest(t, endpoints, { group: 'orderly', topics: 'fifo' });
  const received = await receiveCount(consumer, 60);
  assert.equal(received.length, 60);
  for (let group = 0; group < 6; group++) {
    const messages = received.filter((message) => message.messageGroup === `g${group}`);
    assert.equal(messages.length, 10);
    const numbers = messages.map((message) => Number(bodyOf(message)));
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(messages.map((message) => message.receiptHandle.split(' ')[6])).size, 1);
  }
});

test('a FIFO group gets no more of a queue while a message of it is in flight', async (t) => {
  const { broker, client } = await startForTest(t, { grpcPort: 0 });
  await createTopic(client, 'fifo', 1);
  await client.ask(200, {}, { groupName: 'orderly', consumeMessageOrderly: true });
  const endpoints = endpointsOf(broker);
  const producer = await producerForTest(t, endpoints);
  for (const body of ['1', '2', '3']) {
    await producer.send({ topic: 'fifo', messageGroup: 'g', body: Buffer.from(body) });
  }
  const consumer = await simpleConsumerForTest(t, endpoints, {
    group: 'orderly',
    topics: 'fifo',
    awaitMs: 500,
  });
  const [first] = await consumer.receive(1, 30_000);
  assert.ok(first !== undefined);
  assert.equal(bodyOf(first), '1');
  assert.deepEqual(await consumer.receive(1, 30_000), []);
  const waiting = simpleConsumerForTest(t, endpoints, { group: 'orderly', topics: 'fifo', awaitMs: 15_000 });
  const next = (await waiting).receive(32, 30_000);
  await consumer.ack(first);
  assert.deepEqual((await next).map(bodyOf), ['2', '3']);
});

test('clients with several topics start, which needs the settings to come late', async (t) => {
  const { broker } = await startForTest(t, { grpcPort: 0 });
  const topics = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((topic) => [topic, '*']));
  for (let round = 0; round < 3; round++) {
    await simpleConsumerForTest(t, endpointsOf(broker), { group: 'g', topics });
  }
});
