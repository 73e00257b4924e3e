import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../src/rocketmq/cluster.js';

const pauseMs = 100;
const deadlineMs = 60_000;

/** When each message of the topic's only queue was stored, by its broker's clock; awaits that there are `count`. */
export async function stored(cluster: Cluster, topic: string, count: number): Promise<readonly number[]> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const [queue] = (await cluster.admin.topic(topic)) ?? [];
    if (queue !== undefined && queue.max >= count) {
      const reader = cluster.rawReader?.('bench-stored', queue, 0, { maxBytes: 1024 * 1024 });
      if (reader === undefined) throw new Error('no way to read messages as they are stored');
      const times: number[] = [];
      while (times.length < count) {
        const { messages } = await reader.read();
        for (const { storedAt } of messages) times.push(storedAt);
      }
      reader.close();
      return times;
    }
    if (performance.now() > deadline)
      throw new Error(`${String(queue?.max ?? 0)} of ${String(count)} messages arrived in ${topic}`);
    await sleep(pauseMs);
  }
}
