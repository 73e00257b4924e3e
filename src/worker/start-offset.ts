import type { Consumer, Queue } from '../rocketmq/cluster.js';
import type { QueueGaps } from './queue-gaps.js';

/**
 * Where a sink starts in a queue: at its group's offset, or where `from` says when it has none. That
 * place is committed at once, so that it stays the same if nothing is written before the next start.
 */
export async function startOffset(
  consumer: Consumer,
  queue: Queue,
  from: 'earliest' | 'latest' | number,
  gaps: QueueGaps,
): Promise<number> {
  const committed = await consumer.committed(queue);
  if (committed === null) {
    const anew = await gaps.anew(queue);
    return commit(consumer, queue, anew ?? (await consumer.offsetFor(queue, from)));
  }
  const offset = await gaps.start(queue, committed);
  return offset < committed ? commit(consumer, queue, offset) : offset;
}

async function commit(consumer: Consumer, queue: Queue, offset: number): Promise<number> {
  await consumer.commit(queue, offset);
  return offset;
}
