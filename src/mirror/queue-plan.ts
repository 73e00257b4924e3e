import type { Queue } from '../rocketmq/cluster.js';
import { queueName } from '../rocketmq/queue-name.js';

export interface QueuePlan {
  /** By the source queue's name. */
  readonly targets: ReadonlyMap<string, Queue>;
  /** How many queues each broker has to have of the target's topic at least. */
  readonly needed: ReadonlyMap<string, number>;
}

/**
 * Gives each queue of a source's topic a queue of its own on the target, so that both hold the same in the same order:
 * brokers are paired in the order of their names, queues keep their number where that is free. What was given before
 * stays.
 */
export function planQueues(
  sources: readonly Queue[],
  target: string,
  brokers: readonly string[],
  given: ReadonlyMap<string, Queue>,
): QueuePlan {
  const targets = new Map<string, Queue>();
  const taken = new Set<string>();
  for (const source of sources) {
    const before = given.get(queueName(source));
    if (before?.topic !== target) continue;
    targets.set(queueName(source), before);
    taken.add(queueName(before));
  }
  const pairs = new Map([...new Set(sources.map(({ broker }) => broker))].sort().map((name, n) => [name, n]));
  for (const source of sources) {
    if (targets.has(queueName(source))) continue;
    const broker = brokers[(pairs.get(source.broker) ?? 0) % brokers.length];
    if (broker === undefined) continue;
    const queue = firstFree({ topic: target, broker, queue: source.queue }, taken);
    targets.set(queueName(source), queue);
    taken.add(queueName(queue));
  }
  return { targets, needed: neededOf(targets.values()) };
}

/** The queue itself, else the first of its broker that is not taken. */
function firstFree(wanted: Queue, taken: ReadonlySet<string>): Queue {
  if (!taken.has(queueName(wanted))) return wanted;
  for (let number = 0; ; number += 1) {
    const queue = { ...wanted, queue: number };
    if (!taken.has(queueName(queue))) return queue;
  }
}

function neededOf(queues: Iterable<Queue>): ReadonlyMap<string, number> {
  const needed = new Map<string, number>();
  for (const { broker, queue } of queues) needed.set(broker, Math.max(needed.get(broker) ?? 0, queue + 1));
  return needed;
}
