import assert from 'node:assert/strict';
import type { RocketmqError } from '../../src/rocketmq/errors.js';
import type { Case } from './suite.js';

const failsWith = (code: RocketmqError['code']) => (error: unknown) =>
  (error as Partial<RocketmqError>).code === code;

export const topicCases: readonly Case[] = [
  [
    'names its brokers',
    async (clients) => {
      const [broker] = await clients.connect().admin.brokers();
      assert.ok(broker !== undefined);
      assert.match(broker.address, /:\d+$/);
      assert.notEqual(broker.broker, '');
      assert.notEqual(broker.cluster, '');
    },
  ],
  [
    'creates a topic that can be written to at once, with empty queues',
    async (clients) => {
      const { admin } = clients.connect();
      const { topic, queues } = await clients.topic(3);
      assert.deepEqual(
        queues.map(({ queue }) => queue),
        [0, 1, 2],
      );
      const stats = await admin.topic(topic);
      assert.deepEqual(
        stats?.map(({ queue, min, max, lastStoredAt }) => [queue, min, max, lastStoredAt]),
        [0, 1, 2].map((queue) => [queue, 0, 0, null]),
      );
    },
  ],
  [
    'leaves an existing topic as it is',
    async (clients) => {
      const { admin } = clients.connect();
      const { topic } = await clients.topic(2);
      await admin.createTopic({ topic, queues: 8 });
      assert.equal((await admin.topic(topic))?.length, 2);
    },
  ],
  [
    'lists topics',
    async (clients) => {
      const { admin } = clients.connect();
      const { topic } = await clients.topic(1);
      assert.ok((await admin.topics()).includes(topic));
    },
  ],
  [
    'deletes a topic with its messages and the offsets in it',
    async (clients) => {
      const cluster = clients.connect();
      const { admin } = cluster;
      const topic = clients.name('topic');
      const group = clients.name('group');
      await admin.createTopic({ topic, queues: 1 });
      const producer = cluster.producer(group);
      const [queue] = await producer.queues(topic);
      assert.ok(queue !== undefined);
      await producer.send(queue, [{ body: Buffer.from('gone') }]);
      const consumer = await cluster.consumer(group, [topic]);
      await consumer.commit(queue, 1);
      await admin.deleteTopic(topic);
      assert.equal(await admin.topic(topic), null);
      assert.ok(!(await admin.topics()).includes(topic));
      assert.deepEqual(await admin.groupOffsets(group, [topic]), []);
    },
  ],
  [
    'says what is not there',
    async (clients) => {
      const cluster = clients.connect();
      const topic = clients.name('topic');
      assert.equal(await cluster.admin.topic(topic), null);
      await assert.rejects(cluster.producer('conformance').queues(topic), failsWith('topic_not_found'));
      const consumer = await cluster.consumer(clients.name('group'), [topic]);
      await assert.rejects(consumer.queues(), failsWith('topic_not_found'));
      assert.deepEqual(await cluster.admin.groupOffsets(clients.name('group'), [topic]), []);
      await cluster.admin.deleteTopic(topic);
    },
  ],
  [
    'refuses names RocketMQ cannot have',
    async (clients) => {
      const { admin } = clients.connect();
      for (const name of ['a b', '', 'ä', 'x'.repeat(128)]) {
        await assert.rejects(admin.createTopic({ topic: name, queues: 1 }), failsWith('invalid'));
        await assert.rejects(admin.createGroup(name), failsWith('invalid'));
      }
    },
  ],
];
