import type { Queue } from '../cluster.js';

/** By topic, broker and number, as Java compares (org.apache.rocketmq.common.message.MessageQueue `compareTo`). */
export function compareQueues(a: Queue, b: Queue): number {
  return compareText(a.topic, b.topic) || compareText(a.broker, b.broker) || a.queue - b.queue;
}

/**
 * Deals the queues of one topic to the members of a group, each a run of neighbours: what Java's clients do
 * unless they are told otherwise (AllocateMessageQueueAveragely), so that they and we agree. Everybody
 * sorts by UTF-16 code units. Members that get none are listed too.
 */
export function allocateAveragely(
  queues: readonly Queue[],
  members: readonly string[],
): ReadonlyMap<string, readonly Queue[]> {
  const sorted = [...queues].sort(compareQueues);
  const ids = [...new Set(members)].sort(compareText);
  const least = ids.length === 0 ? 0 : Math.floor(sorted.length / ids.length);
  const richer = sorted.length - least * ids.length;
  return new Map(
    ids.map((id, index) => {
      const start = index * least + Math.min(index, richer);
      return [id, sorted.slice(start, start + least + (index < richer ? 1 : 0))] as const;
    }),
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
