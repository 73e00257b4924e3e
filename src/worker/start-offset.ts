import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, Queue } from '../rocketmq/cluster.js';
import type { QueueOffset } from '../sdk/index.js';
import { isReset } from './group-commits.js';
import { queueName } from './queue-deal.js';

export interface StartOptions {
  readonly from: 'earliest' | 'latest' | number;
  /** What the sink itself has kept for the queue. */
  readonly own: QueueOffset | undefined;
  /** See `Consumer.brokerRun`. */
  readonly brokerRun: string | null;
  readonly warn: (message: string) => void;
}

/** `committed` is the group's offset when this is done. */
export interface Start {
  readonly offset: number;
  readonly committed: number;
}

/**
 * Where a sink starts in a queue: at the offset that it has kept itself, unless somebody has reset the
 * group's since; else at its group's offset, or where `from` says when there is none. That
 * place is committed at once, so that it stays the same if nothing is written before the next start.
 * Two things are said: messages that expired unread, and a queue that ends before the group's offset,
 * because the topic was made anew; it is read from its start then.
 */
export async function startOffset(
  consumer: Consumer,
  queue: Queue,
  { from, own, brokerRun, warn }: StartOptions,
): Promise<Start> {
  const groups = await consumer.committed(queue);
  const stored = own === undefined || isReset(own, groups, brokerRun) ? groups : own.offset;
  if (own !== undefined && stored !== own.offset) {
    warn(
      `${queueName(queue)}: group ${consumer.group} was moved to ${String(stored)} by a reset or another ` +
        `member; going on there, not at ${String(own.offset)}, up to where this sink has written`,
    );
  }
  const [min, max] = await Promise.all([
    consumer.offsetFor(queue, 'earliest'),
    consumer.offsetFor(queue, 'latest'),
  ]);
  if (stored === null) return commit(consumer, queue, await consumer.offsetFor(queue, from));
  const start = { offset: stored, committed: groups ?? (await commit(consumer, queue, stored)).committed };
  if (stored > max) {
    if ((await endAfterRecovery(consumer, queue, stored)) >= stored) return start;
    warn(
      `${queueName(queue)} ends at ${String(max)}, but group ${consumer.group} stands at ${String(stored)}: ` +
        `the topic was made anew; reading it from its start`,
    );
    return commit(consumer, queue, min);
  }
  if (stored < min) {
    warn(
      `${queueName(queue)}: ${String(min - stored)} messages expired before group ${consumer.group} read them`,
    );
    return { ...start, offset: min };
  }
  return start;
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

async function commit(consumer: Consumer, queue: Queue, offset: number): Promise<Start> {
  await consumer.commit(queue, offset);
  return { offset, committed: offset };
}
