import type { Consumer, Queue } from '../rocketmq/cluster.js';
import type { QueueOffset } from '../sdk/index.js';
import { isReset } from './group-commits.js';
import { queueName } from '../rocketmq/queue-name.js';
import type { QueueGaps } from './queue-gaps.js';

export interface StartOptions {
  readonly from: 'earliest' | 'latest' | number;
  /** What the sink itself has kept for the queue. */
  readonly own: QueueOffset | undefined;
  /** See `Consumer.brokerRun`. */
  readonly brokerRun: string | null;
  readonly gaps: QueueGaps;
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
 */
export async function startOffset(
  consumer: Consumer,
  queue: Queue,
  { from, own, brokerRun, gaps, warn }: StartOptions,
): Promise<Start> {
  const groups = await consumer.committed(queue);
  const stored = own === undefined || isReset(own, groups, brokerRun) ? groups : own.offset;
  if (own !== undefined && stored !== own.offset) {
    warn(
      `${queueName(queue)}: group ${consumer.group} was moved to ${String(stored)} by a reset or another ` +
        `member; going on there, not at ${String(own.offset)}, up to where this sink has written`,
    );
  }
  if (stored === null) {
    const anew = await gaps.anew(queue);
    return commit(consumer, queue, anew ?? (await consumer.offsetFor(queue, from)));
  }
  const offset = await gaps.start(queue, stored);
  if (offset < stored || groups === null) return commit(consumer, queue, offset);
  return { offset, committed: groups };
}

async function commit(consumer: Consumer, queue: Queue, offset: number): Promise<Start> {
  await consumer.commit(queue, offset);
  return { offset, committed: offset };
}
