import assert from 'node:assert/strict';
import type { Producer, Queue } from '../../src/rocketmq/cluster.js';
import { RocketmqError } from '../../src/rocketmq/errors.js';
import { readerFromStart } from './cluster-under-test.js';
import type { Case } from './suite.js';

export const connectionCases: readonly Case[] = [
  [
    'goes on after its connections were cut, without losing or reordering a message',
    async (clients, signal) => {
      const { cluster, proxy } = await clients.connectThroughProxy();
      const { topic, first } = await clients.topic(1);
      const producer = cluster.producer('conformance');
      const consumer = await cluster.consumer(clients.name('group'), [topic]);
      const reader = readerFromStart(consumer, first);
      const total = 5_000;
      const sending = sendNumbers(producer, first, total, signal);
      const seen = new Set<number>();
      let last = -1;
      for (let reads = 0; seen.size < total; reads++) {
        const { messages } = await reader.read(signal);
        for (const { offset, body } of messages) {
          assert.equal(offset, last + 1);
          last = offset;
          seen.add(Number(body));
        }
        if (reads % 5 === 2 && reads < 50) proxy.cut();
      }
      await sending;
      await until(() => consumer.commit(first, last + 1));
      assert.equal(await until(() => consumer.committed(first)), last + 1);
    },
  ],
  [
    'is a member again after its connection was cut',
    async (clients) => {
      const { cluster, proxy } = await clients.connectThroughProxy();
      const { topic, first } = await clients.topic(1);
      const group = clients.name('group');
      const consumer = await cluster.consumer(group, [topic]);
      const { admin } = clients.connect();
      const [member] = await admin.groupMembers(group);
      proxy.cut();
      while ((await admin.groupMembers(group)).length > 0);
      await until(() => consumer.committed(first));
      while ((await admin.groupMembers(group)).length === 0);
      assert.deepEqual(await admin.groupMembers(group), [member]);
    },
  ],
];

/** Sends each number at least once: what a cut left open is sent again. */
async function sendNumbers(
  producer: Producer,
  queue: Queue,
  total: number,
  signal: AbortSignal,
): Promise<void> {
  const size = 50;
  for (let sent = 0; sent < total; sent += size) {
    const batch = Array.from({ length: size }, (_, index) => ({ body: Buffer.from(String(sent + index)) }));
    await until(() => producer.send(queue, batch, signal));
  }
}

/** Tries again as long as the failure may pass. */
async function until<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof RocketmqError) || !error.retryable) throw error;
    }
  }
}
