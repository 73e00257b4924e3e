import assert from 'node:assert/strict';
import { until } from '../rig/until.js';
import { readerFromStart, readMessages, untilFound } from './cluster-under-test.js';
import type { Case } from './suite.js';

export const groupCases: readonly Case[] = [
  [
    'keeps offsets of a group, and knows never committed from 0',
    async (clients) => {
      const cluster = clients.connect();
      const { topic, first, queues } = await clients.topic(2);
      const second = queues[1];
      assert.ok(second !== undefined);
      await cluster
        .producer('conformance')
        .send(first, [{ body: Buffer.from('a') }, { body: Buffer.from('b') }]);
      const consumer = await cluster.consumer(clients.name('group'), [topic]);
      assert.equal(await consumer.committed(first), null);
      await consumer.commit(first, 0);
      assert.equal(await consumer.committed(first), 0);
      await consumer.commit(first, 2);
      assert.equal(await consumer.committed(first), 2);
      await consumer.commit(first, 1);
      assert.equal(await consumer.committed(first), 1);
      assert.equal(await consumer.committed(second), null);
      const again = await clients.connect().consumer(consumer.group, [topic]);
      assert.equal(await again.committed(first), 1);
    },
  ],
  [
    'shows where a group stands in every queue',
    async (clients) => {
      const cluster = clients.connect();
      const { topic, first, queues } = await clients.topic(3);
      const other = await clients.topic(1);
      const [, second] = queues;
      assert.ok(second !== undefined);
      const producer = cluster.producer('conformance');
      const five = Array.from({ length: 5 }, (_, index) => ({ body: Buffer.from(String(index)) }));
      await producer.send(first, five);
      await producer.send(second, five);
      await untilFound(cluster, first, 5);
      await untilFound(cluster, second, 5);
      const consumer = await cluster.consumer(clients.name('group'), [topic]);
      await consumer.commit(first, 3);
      await consumer.commit(second, 0);
      const topics = [topic, other.topic, clients.name('nothing')];
      const offsets = await cluster.admin.groupOffsets(consumer.group, topics);
      assert.deepEqual(
        offsets.map((at) => [at.topic, at.queue, at.min, at.max, at.offset]),
        [
          [topic, 0, 0, 5, 3],
          [topic, 1, 0, 5, 0],
          [topic, 2, 0, 0, null],
          [other.topic, 0, 0, 0, null],
        ],
      );
      const [consumed, , empty] = offsets;
      assert.equal(consumed?.lastConsumedStoredAt, await cluster.admin.storedAt(first, 2));
      assert.equal(consumed.lastStoredAt, await cluster.admin.storedAt(first, 4));
      assert.deepEqual([empty?.lastConsumedStoredAt, empty?.lastStoredAt], [null, null]);
      const unknown = await cluster.admin.groupOffsets(clients.name('group'), [topic]);
      assert.deepEqual(
        unknown.map(({ offset }) => offset),
        [null, null, null],
      );
    },
  ],
  [
    'knows the members of a group that are online',
    async (clients) => {
      const { admin } = clients.connect();
      const { topic } = await clients.topic(1);
      const group = clients.name('group');
      assert.deepEqual(await admin.groupMembers(group), []);
      const one = await clients.connect().consumer(group, [topic]);
      const two = await clients.connect().consumer(group, [topic]);
      assert.equal((await admin.groupMembers(group)).length, 2);
      await one.close();
      assert.equal((await admin.groupMembers(group)).length, 1);
      await two.close();
      assert.deepEqual(await admin.groupMembers(group), []);
    },
  ],
  [
    'tells of any group: its members, topics, retry topics, and what is in flight',
    async (clients, signal) => {
      const cluster = clients.connect();
      const { admin } = cluster;
      const { topic, first } = await clients.topic(1);
      const group = clients.name('group');
      assert.equal(await admin.group(group), null);
      const five = Array.from({ length: 5 }, (_, index) => ({ body: Buffer.from(String(index)) }));
      await cluster.producer('conformance').send(first, five);
      await untilFound(cluster, first, 5);
      const consumer = await clients.connect().consumer(group, [topic]);
      const retryTopics = [`%RETRY%${group}`];
      const online = await admin.group(group);
      assert.equal(online?.members.length, 1);
      assert.deepEqual(online, {
        group,
        members: online.members,
        delivery: 'pull',
        topics: [topic],
        retryTopics,
      });
      const standing = async (): Promise<readonly (number | null | undefined)[]> => {
        const [at] = await admin.groupOffsets(group, [topic]);
        return [at?.offset, at?.inFlight];
      };
      await consumer.commit(first, 0);
      await readMessages(readerFromStart(consumer, first), 5, signal);
      await consumer.commit(first, 3);
      await until('what was pulled to be known', async () =>
        (await standing())[1] === 2 ? true : undefined,
      );
      await consumer.close();
      assert.deepEqual(await admin.group(group), {
        group,
        members: [],
        delivery: null,
        topics: [topic],
        retryTopics,
      });
      assert.deepEqual(await standing(), [3, null]);
      const fresh = clients.name('group');
      await admin.createGroup(fresh);
      await admin.deleteTopic(`%RETRY%${fresh}`);
      assert.deepEqual(await admin.group(fresh), {
        group: fresh,
        members: [],
        delivery: null,
        topics: [],
        retryTopics: [],
      });
    },
  ],
  [
    'creates a group twice without harm, with the retry topic tools look for',
    async (clients) => {
      const { admin } = clients.connect();
      const group = clients.name('group');
      await admin.createGroup(group);
      await admin.createGroup(group);
      assert.equal((await admin.topic(`%RETRY%${group}`))?.length, 1);
      await admin.deleteTopic(`%RETRY%${group}`);
    },
  ],
  [
    'resets the offset of a group that is offline',
    async (clients, signal) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const ten = Array.from({ length: 10 }, (_, index) => ({ body: Buffer.from(String(index)) }));
      await cluster.producer('conformance').send(first, ten);
      await untilFound(cluster, first, 10);
      const group = clients.name('group');
      const before = await cluster.consumer(group, [topic]);
      await before.commit(first, 10);
      await before.close();
      await cluster.admin.resetOffset(group, first, 4);
      const [at] = await cluster.admin.groupOffsets(group, [topic]);
      assert.equal(at?.offset, 4);

      const after = await clients.connect().consumer(group, [topic]);
      const start = await after.committed(first);
      assert.equal(start, 4);
      const messages = await readMessages(after.reader(first, start, { maxBytes: 65_536 }), 6, signal);
      assert.equal(messages[0]?.offset, 4);
      await after.commit(first, 10);
      assert.equal(await after.committed(first), 10);
    },
  ],
  [
    'sets the offset of a group that is offline, also over a reset that still waits to be read',
    async (clients) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const ten = Array.from({ length: 10 }, (_, index) => ({ body: Buffer.from(String(index)) }));
      await cluster.producer('conformance').send(first, ten);
      await untilFound(cluster, first, 10);
      const group = clients.name('group');
      const { admin } = cluster;
      const offsetNow = async (): Promise<number | null | undefined> =>
        (await admin.groupOffsets(group, [topic]))[0]?.offset;
      await admin.createGroup(group);
      assert.equal(await offsetNow(), null);
      for (const offset of [10, 0, 4]) {
        await admin.setOffset(group, first, offset);
        assert.equal(await offsetNow(), offset);
      }
      await admin.resetOffset(group, first, 7);
      await admin.setOffset(group, first, 2);
      assert.equal(await offsetNow(), 2);
      const member = await cluster.consumer(group, [topic]);
      const { messages } = await member.reader(first, 2, { maxBytes: 65_536 }).read();
      assert.equal(messages[0]?.offset, 2, 'nothing waits to send it elsewhere');
      await assert.rejects(admin.setOffset(group, first, 11), { code: 'invalid' });
      assert.equal(await offsetNow(), 2);
      assert.equal(await admin.offsetAt(first, Date.now() + 60_000), 10);
      assert.equal(await admin.offsetAt(first, 1), 0);
    },
  ],
  [
    'deletes a group with its offsets and its empty retry topic',
    async (clients) => {
      const { admin } = clients.connect();
      const { topic, first } = await clients.topic(1);
      const group = clients.name('group');
      await admin.createGroup(group);
      await admin.setOffset(group, first, 0);
      await admin.deleteGroup(group);
      await admin.deleteGroup(group);
      assert.equal(await admin.topicExists(`%RETRY%${group}`), false);
      assert.equal((await admin.groupOffsets(group, [topic]))[0]?.offset, null);
    },
  ],
  [
    'sends a reader back whose group was reset while it reads',
    async (clients, signal) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const producer = cluster.producer('conformance');
      const ten = Array.from({ length: 10 }, (_, index) => ({ body: Buffer.from(String(index)) }));
      await producer.send(first, ten);
      const consumer = await cluster.consumer(clients.name('group'), [topic]);
      const reader = consumer.reader(first, 0, { maxBytes: 65_536 });
      await readMessages(reader, 10, signal);
      await consumer.commit(first, 10);
      await cluster.admin.resetOffset(consumer.group, first, 7);
      await producer.send(first, [{ body: Buffer.from('10') }]);
      const offsets: number[] = [];
      while (!offsets.includes(7)) {
        offsets.push(...(await reader.read(signal)).messages.map(({ offset }) => offset));
      }
      assert.deepEqual(offsets.slice(offsets.indexOf(7), offsets.indexOf(7) + 2), [7, 8]);
    },
  ],
  [
    'refuses to reset beyond the queue, or in a topic that is not there',
    async (clients) => {
      const cluster = clients.connect();
      const { topic, first } = await clients.topic(1);
      const group = clients.name('group');
      await cluster.admin.createGroup(group);
      await assert.rejects(cluster.admin.resetOffset(group, first, 100), {
        name: 'RocketmqError',
        retryable: false,
      });
      await assert.rejects(cluster.admin.resetOffset(group, { ...first, topic: `${topic}-not` }, 0), {
        code: 'topic_not_found',
      });
    },
  ],
];
