import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, Queue } from '../rocketmq/cluster.js';
import { RocketmqError } from '../rocketmq/errors.js';
import { queueName } from '../rocketmq/queue-name.js';

const lookEveryMs = 100;

/** Resolves when all these queues are this member's for sure; false when `signal` aborts before. */
export async function untilHeld(
  consumer: Consumer,
  queues: readonly Queue[],
  signal: AbortSignal,
): Promise<boolean> {
  while (queues.some((queue) => consumer.hold(queue) !== 'held')) {
    // A queue that is lost is taken from the task by stopping it.
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return false;
  }
  return true;
}

/**
 * Commits what this member may commit; false where it may not any more, and what it wrote may come again to
 * another one. Throws a retryable error while that is not sure, unless there is no time to wait.
 */
export async function commitHeld(
  consumer: Consumer,
  queue: Queue,
  offset: number,
  { waits }: { waits: boolean },
): Promise<boolean> {
  const hold = consumer.hold(queue);
  if (hold === 'unsure' && waits) {
    throw new RocketmqError(
      'unreachable',
      `broker ${queue.broker} has not confirmed lately that ${queueName(queue)} is still this worker's`,
    );
  }
  if (hold !== 'held') return false;
  await consumer.commit(queue, offset);
  return true;
}
