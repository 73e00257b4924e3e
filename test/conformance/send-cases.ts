import assert from 'node:assert/strict';
import type { OutMessage } from '../../src/rocketmq/cluster.js';
import type { RocketmqError } from '../../src/rocketmq/errors.js';
import { readerFromStart, readMessages, untilFound } from './cluster-under-test.js';
import type { Case } from './suite.js';

export const sendCases: readonly Case[] = [
  [
    'stores a batch in order and without a gap, at the offset it answers',
    async (clients, signal) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const producer = cluster.producer('conformance');
      let expected = 0;
      for (const size of [1, 3, 100, 1]) {
        const batch = Array.from({ length: size }, (_, index) => ({ body: bodyOf(expected + index) }));
        assert.deepEqual(await producer.send(first, batch), { offset: expected });
        expected += size;
      }
      const consumer = await cluster.consumer(clients.name('group'), [topic]);
      const messages = await readMessages(readerFromStart(consumer, first), expected, signal);
      messages.forEach((message, index) => {
        assert.equal(message.offset, index);
        assert.deepEqual(message.body, bodyOf(index));
      });
    },
  ],
  [
    'keeps bodies, keys, tags and properties as they are',
    async (clients, signal) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const sent: OutMessage[] = [
        { body: Buffer.alloc(0) },
        {
          body: Buffer.from('grüße 世界 🌍'),
          key: 'schlüssel 1',
          tag: '标签',
          properties: { 'naïve 名': '🌍 a=b' },
        },
        { body: Buffer.from([0, 1, 2, 10, 13, 255]), properties: { empty: '', a: '1', b: ' 2 ' } },
        { body: Buffer.alloc(300_000, 'x'), key: 'large' },
      ];
      const before = Date.now();
      await cluster.producer('conformance').send(first, sent);
      const consumer = await cluster.consumer(clients.name('group'), [topic]);
      const stored = await readMessages(readerFromStart(consumer, first), sent.length, signal);
      assert.deepEqual(
        stored.map(({ body, key, tag, properties }) => ({ body, key, tag, properties })),
        sent.map(({ body, key, tag, properties }) => ({ body, key, tag, properties: properties ?? {} })),
      );
      const ids = new Set(stored.map(({ id }) => id));
      assert.equal(ids.size, sent.length);
      for (const message of stored) {
        assert.match(message.id, /^[0-9A-F]{32}$/);
        assert.equal(message.topic, topic);
        assert.equal(message.reconsumeTimes, 0);
        for (const time of [message.bornAt, message.storedAt]) {
          assert.ok(time >= before - 1_000 && time <= Date.now() + 1_000, `${time} is now`);
        }
      }
    },
  ],
  [
    'takes a batch up to its limits',
    async (clients) => {
      const cluster = clients.connect();
      const { first } = await clients.topic(1);
      const producer = cluster.producer('conformance');
      const empty = producer.sizeOf({ body: Buffer.alloc(0) });
      const full = { body: Buffer.alloc(producer.maxBatchBytes - empty, 'f') };
      await producer.send(first, [full]);
      const many = Array.from({ length: producer.maxBatchMessages }, () => ({
        body: Buffer.alloc(Math.floor(producer.maxBatchBytes / producer.maxBatchMessages) - empty, 'm'),
      }));
      await producer.send(first, many);
      const wide = { body: Buffer.from('wide'), properties: { wide: 'w'.repeat(32_000) } };
      await producer.send(first, [wide, wide]);
      await untilFound(cluster, first, 1 + many.length + 2);
      const [read] = await cluster.admin.peek(first, 0, 1);
      assert.equal(read?.body.length, full.body.length);
      const [last] = await cluster.admin.peek(first, 1 + many.length, 1);
      assert.equal(last?.properties.wide?.length, 32_000);
    },
  ],
  [
    'refuses what is over the limits, and stores nothing of it',
    async (clients) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const producer = cluster.producer('conformance');
      const refused = async (messages: readonly OutMessage[], code: RocketmqError['code']): Promise<void> => {
        await assert.rejects(producer.send(first, messages), (error: RocketmqError) => error.code === code);
      };
      const empty = producer.sizeOf({ body: Buffer.alloc(0) });
      await refused([{ body: Buffer.alloc(producer.maxBatchBytes - empty + 1) }], 'too_large');
      const one = { body: Buffer.alloc(0) };
      await refused(Array<OutMessage>(producer.maxBatchMessages + 1).fill(one), 'too_large');
      await refused([{ ...one, properties: { wide: 'w'.repeat(32_600) } }], 'too_large');
      await refused([{ ...one, properties: { a: 'b\u0001c' } }], 'invalid');
      await refused([{ ...one, key: 'b\u0002c' }], 'invalid');
      await refused([{ ...one, properties: { DELAY: '3' } }], 'invalid');
      await refused([], 'invalid');
      const [stats] = (await cluster.admin.topic(topic)) ?? [];
      assert.equal(stats?.max, 0);
    },
  ],
  [
    'serves two clients at once',
    async (clients, signal) => {
      const { topic, queues, first } = await clients.topic(2);
      const perClient = 2_000;
      await Promise.all(
        queues.map(async (queue) => {
          const producer = clients.connect().producer('conformance');
          for (let sent = 0; sent < perClient; sent += 100) {
            const batch = Array.from({ length: 100 }, (_, index) => ({ body: bodyOf(sent + index) }));
            await producer.send(queue, batch, signal);
          }
        }),
      );
      const read = queues.map(async (queue) => {
        const consumer = await clients.connect().consumer(clients.name('group'), [topic]);
        return readMessages(readerFromStart(consumer, queue), perClient, signal);
      });
      for (const messages of await Promise.all(read)) {
        messages.forEach(({ body }, index) => {
          assert.deepEqual(body, bodyOf(index));
        });
      }
      assert.equal(first.topic, topic);
    },
  ],
];

function bodyOf(number: number): Buffer {
  return Buffer.from(`message ${number}`);
}
