import type { Queue } from '../rocketmq/cluster.js';

export function queueName(queue: Queue): string {
  return `${queue.topic}/${queue.broker}/${String(queue.queue)}`;
}

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

/** Deals queues over at most `tasks` hands, none of them empty. */
export function dealQueues(queues: readonly Queue[], tasks: number): readonly (readonly Queue[])[] {
  const hands = Array.from({ length: Math.min(tasks, queues.length) }, (): Queue[] => []);
  for (const [index, queue] of queues.entries()) hands[index % hands.length]?.push(queue);
  return hands;
}
