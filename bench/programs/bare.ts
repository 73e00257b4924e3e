/** What RocketMQ's wire allows this machine: the wire client, and nothing around it. */
import type { Cluster, Queue } from '../../src/rocketmq/cluster.js';
import { sendPatiently } from '../../test/rig/send-patiently.js';

const batchMessages = 1_000;
const batchBytes = 2 * 1024 * 1024;
const aheadBytes = 1024 * 1024;

export interface BareSend {
  readonly topic: string;
  /** Messages in all, each with a body of so many `bytes`. */
  readonly count: number;
  readonly bytes: number;
  /** How many queues of the topic are used. */
  readonly queues: number;
}

/** Sends batches, one in flight a queue. */
export async function bareSend(cluster: Cluster, { topic, count, bytes, queues }: BareSend): Promise<void> {
  const producer = cluster.producer('bench-bare-send');
  const body = Buffer.alloc(bytes, 'x');
  const most = Math.max(1, Math.min(batchMessages, Math.floor(batchBytes / bytes)));
  let left = count;
  const send = async (queue: Queue): Promise<void> => {
    while (left > 0) {
      const some = Math.min(most, left);
      left -= some;
      await sendPatiently(
        producer,
        queue,
        Array.from({ length: some }, () => ({ body })),
      );
    }
  };
  const all = await producer.queues(topic);
  await Promise.all(all.slice(0, queues).map(send));
}

export interface BarePull {
  readonly topic: string;
  readonly group: string;
  readonly count: number;
}

/** Pulls all queues from their start, asked ahead, until so many messages came; `onMessages` counts them. */
export async function barePull(
  cluster: Cluster,
  { topic, group, count }: BarePull,
  onMessages: (count: number) => void,
): Promise<void> {
  const consumer = await cluster.consumer(group, [topic]);
  const done = new AbortController();
  let left = count;
  const pull = async (queue: Queue): Promise<void> => {
    const reader = consumer.reader(queue, await consumer.offsetFor(queue, 'earliest'), {
      maxBytes: aheadBytes,
    });
    while (left > 0) {
      const { messages } = await reader.read(done.signal);
      left -= messages.length;
      onMessages(messages.length);
    }
    done.abort();
  };
  const pulls = (await consumer.queues()).map((queue) =>
    pull(queue).catch((error: unknown) => {
      if (!done.signal.aborted) throw error;
    }),
  );
  await Promise.all(pulls);
}
