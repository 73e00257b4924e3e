import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, Queue } from '../rocketmq/cluster.js';
import { queueName } from './queue-deal.js';

/**
 * Where a sink starts in a queue: at its group's offset, or where `from` says when it has none. That
 * place is committed at once, so that it stays the same if nothing is written before the next start.
 * Two things are said: messages that expired unread, and a queue that ends before the group's offset,
 * because the topic was made anew; it is read from its start then.
 */
export async function startOffset(
  consumer: Consumer,
  queue: Queue,
  from: 'earliest' | 'latest' | number,
  warn: (message: string) => void,
): Promise<number> {
  const committed = await consumer.committed(queue);
  const [min, max] = await Promise.all([
    consumer.offsetFor(queue, 'earliest'),
    consumer.offsetFor(queue, 'latest'),
  ]);
  if (committed === null) return commit(consumer, queue, await consumer.offsetFor(queue, from));
  if (committed > max) {
    if ((await endAfterRecovery(consumer, queue, committed)) >= committed) return committed;
    warn(
      `${queueName(queue)} ends at ${String(max)}, but group ${consumer.group} stands at ${String(committed)}: ` +
        `the topic was made anew; reading it from its start`,
    );
    return commit(consumer, queue, min);
  }
  if (committed < min) {
    warn(
      `${queueName(queue)}: ${String(min - committed)} messages expired before group ${consumer.group} read them`,
    );
    return min;
  }
  return committed;
}

/** The queue's end, once it has reached `expected` or has had time to: a broker that just started counts up to it. */
async function endAfterRecovery(consumer: Consumer, queue: Queue, expected: number): Promise<number> {
  const deadline = performance.now() + recoveryMs;
  for (;;) {
    const max = await consumer.offsetFor(queue, 'latest');
    if (max >= expected || performance.now() >= deadline) return max;
    await delay(250);
  }
}

const recoveryMs = 5_000;

async function commit(consumer: Consumer, queue: Queue, offset: number): Promise<number> {
  await consumer.commit(queue, offset);
  return offset;
}
