import type { Consumer, Queue } from '../rocketmq/cluster.js';
import { queueName } from '../rocketmq/queue-name.js';

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

/**
 * Where each queue is to end, asked of the broker once, when `sourcesEnded` has resolved and the queue is
 * this worker's.
 */
export function queueEnds(
  consumer: Consumer,
  filled: FilledQueues,
  sourcesEnded: Promise<void>,
): (queue: Queue) => Promise<number> {
  const ends = new Map<string, Promise<number>>();
  const ask = async (queue: Queue): Promise<number> => {
    await sourcesEnded;
    return Math.max(await consumer.end(queue), filled.end(queue));
  };
  return (queue) => {
    const name = queueName(queue);
    const end =
      ends.get(name) ??
      ask(queue).catch((error: unknown) => {
        ends.delete(name);
        throw error;
      });
    ends.set(name, end);
    return end;
  };
}
