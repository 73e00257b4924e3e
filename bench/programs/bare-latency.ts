/**
 * Sends the time at a rate, what is due every few milliseconds as one batch, and prints what it pulls: the
 * latency of the wire.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { argument } from './argument.js';

interface BareLatency {
  readonly nameserver: string;
  readonly topic: string;
  readonly group: string;
  /** Messages in all, and each second. */
  readonly count: number;
  readonly rate: number;
}

const everyMs = 5;

const { nameserver, topic, group, count, rate } = argument() as BareLatency;
const cluster = connectCluster({ nameservers: [nameserver] });
await Promise.all([send(), pull()]);
await cluster.close();

async function send(): Promise<void> {
  const producer = cluster.producer('bench-bare-latency');
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

async function pull(): Promise<void> {
  const consumer = await cluster.consumer(group, [topic]);
  const [queue] = await consumer.queues();
  if (queue === undefined) throw new Error(`topic ${topic} has no queue`);
  const reader = consumer.reader(queue, 0, { maxBytes: 1024 * 1024 });
  for (let seen = 0; seen < count;) {
    const { messages } = await reader.read();
    seen += messages.length;
    process.stdout.write(messages.map(({ body }) => `${body.toString('latin1')}\n`).join(''));
  }
}
