import type { Queue, Trail } from '../rocketmq/cluster.js';

/** `Trail.settle` at the broker of each of the queues, once. */
export async function settleAll(
  trail: Trail,
  queues: readonly Queue[],
  dead: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const onePerBroker = new Map(queues.map((queue) => [queue.broker, queue]));
  await Promise.all([...onePerBroker.values()].map((queue) => trail.settle(queue, dead, signal)));
}
