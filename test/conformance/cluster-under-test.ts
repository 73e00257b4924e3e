import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Cluster, Consumer, Queue, QueueReader, StoredMessage } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { CuttableProxy } from './cuttable-proxy.js';

/** A RocketMQ to hold to the suite; `close` ends it if it was started for this. */
export interface ServerUnderTest {
  readonly nameserver: string;
  close(): Promise<void>;
}

/** Clients of the server under test, and names nobody else uses; the test's end takes all of it away. */
export class Clients {
  readonly #nameserver: string;
  readonly #context: TestContext;

  constructor(nameserver: string, context: TestContext) {
    this.#nameserver = nameserver;
    this.#context = context;
  }

  connect(): Cluster {
    const cluster = connectCluster({ nameservers: [this.#nameserver] });
    this.#context.after(() => cluster.close());
    return cluster;
  }

  /** A client that reaches the server's broker only through a proxy that can be cut. */
  async connectThroughProxy(): Promise<{ cluster: Cluster; proxy: CuttableProxy }> {
    const [broker] = await this.connect().admin.brokers();
    if (broker === undefined) throw new Error('the server under test has no broker');
    const proxy = await CuttableProxy.before(broker.address);
    const cluster = connectCluster({
      nameservers: [this.#nameserver],
      addressMap: { [broker.address]: proxy.address },
    });
    this.#context.after(async () => {
      await cluster.close();
      await proxy.close();
    });
    return { cluster, proxy };
  }

  name(kind: string): string {
    return `conformance-${kind}-${randomBytes(5).toString('hex')}`;
  }

  /** A new topic, and its queues. */
  async topic(queues: number): Promise<{ topic: string; queues: readonly Queue[]; first: Queue }> {
    const topic = this.name('topic');
    const cluster = connectCluster({ nameservers: [this.#nameserver] });
    this.#context.after(async () => {
      await cluster.admin.deleteTopic(topic);
      await cluster.close();
    });
    await cluster.admin.createTopic({ topic, queues });
    const all = await cluster.producer('conformance').queues(topic);
    const [first] = all;
    if (first === undefined) throw new Error(`topic ${topic} has no queue`);
    return { topic, queues: all, first };
  }
}

/** Reads until so many messages came; empty reads do not count. */
export async function readMessages(
  reader: QueueReader,
  count: number,
  signal: AbortSignal,
): Promise<StoredMessage[]> {
  const messages: StoredMessage[] = [];
  while (messages.length < count) messages.push(...(await reader.read(signal)).messages);
  return messages;
}

export function readerFromStart(consumer: Consumer, queue: Queue): QueueReader {
  return consumer.reader(queue, 0, { maxBytes: 16_777_216 });
}

/** A broker may acknowledge messages some milliseconds before they can be found. */
export async function untilFound(cluster: Cluster, queue: Queue, max: number): Promise<void> {
  for (;;) {
    const stats = await cluster.admin.topic(queue.topic);
    if (stats?.find((at) => at.broker === queue.broker && at.queue === queue.queue)?.max === max) return;
  }
}
