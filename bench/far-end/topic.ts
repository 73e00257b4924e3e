import type { Admin } from '../../src/rocketmq/cluster.js';
import type { Count } from '../meters/arrival.js';

/** The messages a topic's queues have taken, by their offsets; 0 while there is no such topic. */
export function topicCount(admin: Admin, topic: string): Count {
  return async () => (await admin.topic(topic))?.reduce((sum, { max }) => sum + max, 0) ?? 0;
}

/** The messages a group has committed. */
export function committedCount(admin: Admin, group: string, topic: string): Count {
  return async () =>
    (await admin.groupOffsets(group, [topic])).reduce((sum, { offset }) => sum + (offset ?? 0), 0);
}
