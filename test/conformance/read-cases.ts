import assert from 'node:assert/strict';
import { readerFromStart, readMessages, untilFound } from './cluster-under-test.js';
import type { Case } from './suite.js';

export const readCases: readonly Case[] = [
  [
    'delivers 100,000 messages of mixed sizes once and in order to a reader that asks ahead',
    async (clients, signal) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const total = 100_000;
      const producer = cluster.producer('conformance');
      for (let sent = 0; sent < total; sent += 1_000) {
        const batch = Array.from({ length: 1_000 }, (_, index) => ({ body: mixedBody(sent + index) }));
        await producer.send(first, batch, signal);
      }
      const consumer = await cluster.consumer(clients.name('group'), [topic]);
      const reader = consumer.reader(first, 0, { maxBytes: 8_388_608 });
      let expected = 0;
      while (expected < total) {
        const { messages, nextOffset, maxOffset } = await reader.read(signal);
        for (const message of messages) {
          if (message.offset !== expected || !message.body.equals(mixedBody(expected))) {
            assert.fail(
              `expected message ${expected}, got ${message.offset}: ${message.body.toString().slice(0, 20)}`,
            );
          }
          expected++;
        }
        assert.equal(nextOffset, expected);
        assert.ok(maxOffset <= total);
      }
      reader.close();
      await assert.rejects(reader.read(signal), { code: 'closed' });
    },
  ],
  [
    'starts anywhere, and follows the queue where the offset is not in it',
    async (clients, signal) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const batch = Array.from({ length: 50 }, (_, index) => ({ body: Buffer.from(String(index)) }));
      await cluster.producer('conformance').send(first, batch);
      await untilFound(cluster, first, 50);
      const consumer = await cluster.consumer(clients.name('group'), [topic]);
      const [middle] = await readMessages(consumer.reader(first, 25, { maxBytes: 65_536 }), 25, signal);
      assert.equal(middle?.offset, 25);
      const beyond = await consumer.reader(first, 500, { maxBytes: 65_536 }).read(signal);
      assert.deepEqual([beyond.messages.length, beyond.nextOffset], [0, 50]);
    },
  ],
  [
    'wakes a waiting reader within a second of a message',
    async (clients, signal) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const producer = cluster.producer('conformance');
      const consumer = await cluster.consumer(clients.name('group'), [topic]);
      const reader = readerFromStart(consumer, first);
      await producer.send(first, [{ body: Buffer.from('0') }]);
      await readMessages(reader, 1, signal);
      for (let round = 1; round <= 5; round++) {
        const waiting = readMessages(reader, 1, signal);
        const sentAt = performance.now();
        await producer.send(first, [{ body: Buffer.from(String(round)) }]);
        const [message] = await waiting;
        const took = performance.now() - sentAt;
        assert.equal(message?.offset, round);
        assert.ok(took < 1_000, `woken after ${Math.round(took)} ms`);
      }
    },
  ],
  [
    'ends a read at once when its signal aborts, and loses nothing by it',
    async (clients, signal) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const consumer = await cluster.consumer(clients.name('group'), [topic]);
      const reader = readerFromStart(consumer, first);
      const abort = new AbortController();
      const waiting = reader.read(abort.signal);
      await cluster.admin.topic(topic);
      const abortedAt = performance.now();
      abort.abort(new Error('enough'));
      await assert.rejects(waiting, { message: 'enough' });
      assert.ok(performance.now() - abortedAt < 500);
      await cluster.producer('conformance').send(first, [{ body: Buffer.from('later') }]);
      const [message] = await readMessages(reader, 1, signal);
      assert.equal(message?.body.toString(), 'later');
    },
  ],
  [
    'resolves with nothing after a wait at the end',
    async (clients, signal) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const consumer = await cluster.consumer(clients.name('group'), [topic]);
      const fetched = await readerFromStart(consumer, first).read(signal);
      assert.deepEqual(fetched, { messages: [], nextOffset: 0, maxOffset: 0 });
    },
  ],
  [
    'finds offsets by time',
    async (clients) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const producer = cluster.producer('conformance');
      const consumer = await cluster.consumer(clients.name('group'), [topic]);
      assert.equal(await consumer.offsetFor(first, 'earliest'), 0);
      assert.equal(await consumer.offsetFor(first, 'latest'), 0);
      assert.equal(await consumer.offsetFor(first, 0), 0);
      for (let index = 0; index < 3; index++) {
        await producer.send(first, [{ body: Buffer.from(String(index)) }]);
        await untilFound(cluster, first, index + 1);
        const stored = await cluster.admin.storedAt(first, index);
        assert.ok(stored !== null);
        while (Date.now() <= stored) await cluster.admin.topic(topic);
      }
      const times = await Promise.all([0, 1, 2].map((offset) => cluster.admin.storedAt(first, offset)));
      for (const [offset, time] of times.entries()) {
        assert.ok(time !== null);
        assert.equal(await consumer.offsetFor(first, time), offset);
        assert.equal(await consumer.offsetFor(first, time + 1), offset + 1);
      }
      assert.equal(await consumer.offsetFor(first, Date.now() + 3_600_000), 3);
      assert.equal(await consumer.offsetFor(first, 1), 0);
      assert.equal(await consumer.offsetFor(first, 'latest'), 3);
    },
  ],
  [
    'lets messages be looked at without a group',
    async (clients) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const batch = Array.from({ length: 100 }, (_, index) => ({ body: Buffer.from(String(index)) }));
      await cluster.producer('conformance').send(first, batch);
      await untilFound(cluster, first, 100);
      const seen = await cluster.admin.peek(first, 10, 70);
      assert.deepEqual(
        seen.map(({ offset }) => offset),
        Array.from({ length: 70 }, (_, index) => index + 10),
      );
      assert.equal((await cluster.admin.peek(first, 95, 70)).length, 5);
      assert.deepEqual(await cluster.admin.peek(first, 100, 5), []);
      assert.equal(await cluster.admin.storedAt(first, 100), null);
      const [stats] = (await cluster.admin.topic(topic)) ?? [];
      assert.equal(await cluster.admin.storedAt(first, 99), stats?.lastStoredAt);
    },
  ],
];

/** Mostly small, a few large: answers hold as many as fit. */
function mixedBody(number: number): Buffer {
  const text = `${number} `;
  return Buffer.alloc(number % 997 === 0 ? 40_000 : 20 + (number % 180), text);
}
