/** What a cluster promises whichever way it is reached: over the wire protocol, or through a proxy. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { Cluster, Consumer, OutMessage, StoredMessage } from '../../src/rocketmq/cluster.js';

export interface ReachableServer {
  /** A cluster reached by the way under test. */
  connect(): Cluster;
  /** Makes what has to exist. */
  makeTopic(topic: string): Promise<void>;
  makeGroup(group: string): Promise<void>;
  close(): Promise<void>;
}

const deadlineMs = 120_000;
const none = Buffer.alloc(0);

const various: readonly OutMessage[] = [
  { body: Buffer.from('plain') },
  { body: Buffer.from('aGVsbG8=') },
  { body: Buffer.from([0, 255, 10, 13, 0]), key: 'a key', tag: 'tag' },
  { body: Buffer.from('größer ✓'), key: 'ключ', properties: { name: 'väl', 'a.b': 'c d' } },
  { body: none, properties: { 'connect.null': 'true' } },
  { body: Buffer.alloc(3_500_000, 'large ') },
];

export function bothWaysSuite(name: string, start: () => Promise<ReachableServer>): void {
  describe(`both ways: ${name}`, { concurrency: 1 }, () => {
    let server: ReachableServer | undefined;
    before(async () => {
      server = await start();
    });
    after(() => server?.close());

    const setting = async (
      context: TestContext,
    ): Promise<{ cluster: Cluster; topic: string; group: string }> => {
      if (server === undefined) throw new Error('the server did not start');
      const topic = `both-${randomBytes(5).toString('hex')}`;
      await server.makeTopic(topic);
      await server.makeGroup(`${topic}-group`);
      const cluster = server.connect();
      context.after(() => cluster.close());
      return { cluster, topic, group: `${topic}-group` };
    };

    test('messages arrive as they were sent', { timeout: deadlineMs }, async (context) => {
      const { cluster, topic, group } = await setting(context);
      const consumer = await cluster.consumer(group, [topic]);
      await sendAll(cluster, topic, various);
      const got = await readAll(consumer, various.length);
      assert.deepEqual(shapes(got), shapes(various));
      assert.ok(got.every(({ topic: of, bornAt, id }) => of === topic && bornAt > 1.6e12 && id !== ''));
    });

    test(
      'what is committed does not come again, what is not does',
      { timeout: deadlineMs },
      async (context) => {
        const { cluster, topic, group } = await setting(context);
        const first = await cluster.consumer(group, [topic]);
        await sendAll(cluster, topic, numbered(0, 50));
        await commitAll(first, await readAll(first, 50));
        await sendAll(cluster, topic, numbered(50, 100));
        await readAll(first, 50);
        await first.close();
        const second = await cluster.consumer(group, [topic]);
        const again = await readAll(second, 50);
        assert.deepEqual(shapes(again), shapes(numbered(50, 100)));
      },
    );

    test('a topic that is not there is told as such', { timeout: deadlineMs }, async (context) => {
      const { cluster } = await setting(context);
      assert.equal(await cluster.admin.topicExists('both-nobodys'), false);
      await assert.rejects(cluster.producer('both').queues('both-nobodys'), { code: 'topic_not_found' });
    });

    test('what is too large is refused', { timeout: deadlineMs }, async (context) => {
      const { cluster, topic } = await setting(context);
      const producer = cluster.producer('both');
      const [queue] = await producer.queues(topic);
      assert.ok(queue !== undefined);
      await assert.rejects(producer.send(queue, [{ body: Buffer.alloc(4 * 1024 * 1024 + 1) }]), {
        code: 'too_large',
      });
    });

    test('a closed cluster ends what waits', { timeout: deadlineMs }, async (context) => {
      const { cluster, topic, group } = await setting(context);
      const consumer = await cluster.consumer(group, [topic]);
      const [queue] = await consumer.queues();
      assert.ok(queue !== undefined);
      const reading = assert.rejects(consumer.reader(queue, 0, { maxBytes: 1_000_000 }).read());
      await cluster.close();
      await reading;
    });
  });
}

const numbered = (from: number, to: number): readonly OutMessage[] =>
  Array.from({ length: to - from }, (_, n) => ({ body: Buffer.from(String(from + n).padStart(5, '0')) }));

async function sendAll(cluster: Cluster, topic: string, messages: readonly OutMessage[]): Promise<void> {
  const producer = cluster.producer('both');
  const queues = await producer.queues(topic);
  for (const [index, message] of messages.entries()) {
    const queue = queues[index % queues.length];
    assert.ok(queue !== undefined);
    await producer.send(queue, [message]);
  }
}

/** Of all queues, each from where the group stands. */
async function readAll(consumer: Consumer, count: number): Promise<readonly StoredMessage[]> {
  const queues = await consumer.queues();
  const got: StoredMessage[] = [];
  const enough = new AbortController();
  await Promise.all(
    queues.map(async (queue) => {
      const reader = consumer.reader(queue, (await consumer.committed(queue)) ?? 0, { maxBytes: 16_000_000 });
      while (!enough.signal.aborted) {
        const fetched = await reader.read(enough.signal).catch((error: unknown) => {
          if (!enough.signal.aborted) throw error;
        });
        got.push(...(fetched?.messages ?? []));
        if (got.length >= count) enough.abort();
      }
      reader.close();
    }),
  );
  return got;
}

async function commitAll(consumer: Consumer, messages: readonly StoredMessage[]): Promise<void> {
  for (const queue of await consumer.queues()) {
    const ends = messages
      .filter((message) => message.queue === queue.queue && message.broker === queue.broker)
      .map(({ offset }) => offset + 1);
    if (ends.length > 0) await consumer.commit(queue, Math.max(...ends));
  }
}

/** In an order of their own: order is not promised. */
function shapes(messages: readonly OutMessage[]): readonly object[] {
  return [...messages]
    .sort((a, b) => Buffer.compare(a.body, b.body))
    .map(({ body, key, tag, properties }) => ({
      body: body.toString('latin1').slice(0, 100),
      bytes: body.length,
      key,
      tag,
      properties: properties ?? {},
    }));
}
