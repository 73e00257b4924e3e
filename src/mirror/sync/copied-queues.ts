import type { Queue } from '../../rocketmq/cluster.js';
import type { StoredPositions } from '../../store/index.js';

/** A queue of the source that is copied, as the positions have it. */
export interface CopiedQueue {
  readonly source: Queue;
  /** null: its messages are spread over the target's queues. */
  readonly target: Queue | null;
  /** How often the queue was started over. */
  readonly generation: number;
  /** Everything below is copied, or was left out. */
  readonly position: number;
}

/** All queues a mirror copies. */
export function copiedQueues(stored: StoredPositions | null): CopiedQueue[] {
  if (stored === null) return [];
  return Object.entries(stored.partitions).flatMap(([partition, { position, queue, generation }]) => {
    const source = queueOf(partition);
    if (source === null) return [];
    return [
      {
        source,
        target: queue,
        generation: generation ?? stored.generation ?? 0,
        position: typeof position === 'number' ? position : 0,
      },
    ];
  });
}

/** Of `topic/broker/0`. A broker's name may have a slash in it, a topic's may not. */
function queueOf(name: string): Queue | null {
  const [, topic, broker, queue] = /^([^/]+)\/(.+)\/(\d+)$/.exec(name) ?? [];
  if (topic === undefined || broker === undefined) return null;
  return { topic, broker, queue: Number(queue) };
}
