import type { Consumer, Queue } from '../rocketmq/cluster.js';
import { queueName } from './queue-deal.js';

/**
 * How far this worker's sources have filled a cluster's queues, by the broker's receipts. A broker that was just sent
 * to may still answer an older end when it is asked (its consume queues follow its log), so the receipts
 * are what a sink that ends must reach.
 */
export class FilledQueues {
  readonly #ends = new Map<string, number>();

  /** The broker has stored messages of ours up to before `end`. */
  filled(queue: Queue, end: number): void {
    const name = queueName(queue);
    this.#ends.set(name, Math.max(end, this.#ends.get(name) ?? 0));
  }

  end(queue: Queue): number {
    return this.#ends.get(queueName(queue)) ?? 0;
  }
}

/** Where each queue of the consumer ends now, by the queue's name. */
export async function queueEnds(
  consumer: Consumer,
  filled: FilledQueues,
): Promise<ReadonlyMap<string, number>> {
  const queues = await consumer.queues();
  const entries = queues.map(async (queue) => {
    const answered = await consumer.end(queue);
    return [queueName(queue), Math.max(answered, filled.end(queue))] as const;
  });
  return new Map(await Promise.all(entries));
}
