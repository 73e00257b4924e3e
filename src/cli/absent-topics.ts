import type { Admin, Queue } from '../rocketmq/cluster.js';
import { RocketmqError } from '../rocketmq/errors.js';

/**
 * Why some of the topics have no queues among those found; null where all have. A name server forgets topics
 * with their brokers: throws `unreachable` where it knows no broker at all.
 */
export async function absentTopics(
  admin: Pick<Admin, 'brokers'>,
  topics: readonly string[],
  queues: readonly Pick<Queue, 'topic'>[],
): Promise<string | null> {
  const absent = topics.filter((topic) => !queues.some((queue) => queue.topic === topic));
  const [first, ...others] = absent;
  if (first === undefined) return null;
  if ((await admin.brokers()).length === 0) {
    throw new RocketmqError('unreachable', 'the name server knows no broker at the moment');
  }
  return others.length === 0 ? `topic ${first} does not exist` : `topics ${absent.join(', ')} do not exist`;
}
