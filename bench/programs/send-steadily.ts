import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../src/rocketmq/cluster.js';

export interface SteadyLoad {
  readonly topic: string;
  /** Messages in all, and each second. */
  readonly count: number;
  readonly rate: number;
}

const everyMs = 5;

/** Sends the time at a rate into the topic's first queue, what is due every few milliseconds as one batch. */
export async function sendSteadily(cluster: Cluster, { topic, count, rate }: SteadyLoad): Promise<void> {
  const producer = cluster.producer('bench-steady');
  const [queue] = await producer.queues(topic);
  if (queue === undefined) throw new Error(`topic ${topic} has no queue`);
  const startedAt = performance.now();
  for (let sent = 0; sent < count;) {
    await sleep(everyMs);
    const due = Math.min(count, Math.floor(((performance.now() - startedAt) / 1000) * rate)) - sent;
    if (due === 0) continue;
    const body = Buffer.from(String(Date.now()));
    await producer.send(
      queue,
      Array.from({ length: due }, () => ({ body })),
    );
    sent += due;
  }
}
