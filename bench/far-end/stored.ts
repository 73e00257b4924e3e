import type { Cluster } from '../../src/rocketmq/cluster.js';
import { until } from '../../test/rig/until.js';

/** When each message of the topic's only queue was stored, by its broker's clock; awaits that there are `count`. */
export async function stored(cluster: Cluster, topic: string, count: number): Promise<readonly number[]> {
  const queue = await until(
    `${String(count)} messages in ${topic}`,
    async () => (await cluster.admin.topic(topic))?.find(({ max }) => max >= count),
    { deadlineMs: 60_000, everyMs: 100 },
  );
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
