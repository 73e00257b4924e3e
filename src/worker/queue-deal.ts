import type { Queue } from '../rocketmq/cluster.js';
import { queueName } from '../rocketmq/queue-name.js';

/** The queue with the fewest partitions, the first of them: so partitions are spread evenly. */
export function emptiestQueue(queues: readonly Queue[], taken: readonly (Queue | null)[]): Queue | undefined {
  const counts = new Map<string, number>();
  for (const queue of taken) {
    if (queue !== null) counts.set(queueName(queue), (counts.get(queueName(queue)) ?? 0) + 1);
  }
  let best: Queue | undefined;
  let fewest = Infinity;
  for (const queue of queues) {
    const count = counts.get(queueName(queue)) ?? 0;
    if (count < fewest) {
      best = queue;
      fewest = count;
    }
  }
  return best;
}

/**
 * Deals queues evenly over at most `tasks` hands, none of them empty. What was dealt `before` stays in its
 * hand as far as that goes: a hand that is the same is a task that runs on.
 */
export function dealQueues(
  queues: readonly Queue[],
  tasks: number,
  before: readonly (readonly Queue[])[] = [],
): readonly (readonly Queue[])[] {
  const left = new Map(queues.map((queue) => [queueName(queue), queue]));
  const hands = Array.from({ length: Math.min(tasks, queues.length) }, (_, number) =>
    (before[number] ?? []).filter((queue) => left.delete(queueName(queue))),
  );
  const bySize = (): Queue[][] => [...hands].sort((a, b) => a.length - b.length);
  for (const queue of left.values()) bySize()[0]?.push(queue);
  for (;;) {
    const [smallest = [], ...others] = bySize();
    const largest = others.at(-1) ?? smallest;
    const moved = largest.length - smallest.length > 1 ? largest.pop() : undefined;
    if (moved === undefined) return hands;
    smallest.push(moved);
  }
}
