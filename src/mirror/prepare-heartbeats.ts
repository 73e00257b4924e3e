import type { Admin, Cluster } from '../rocketmq/cluster.js';
import type { CompanionContext } from './companion.js';
import { heartbeatTopic } from './heartbeat-topic.js';

/**
 * Makes the topic of the heartbeats on both clusters, before it is looked which topics there are, and sees whether it can
 * be read. Says why there can be no heartbeats, which never keeps the route itself from running; null: there can.
 */
export async function prepareHeartbeats(
  { definition, once }: Pick<CompanionContext, 'definition' | 'once'>,
  { from, to }: { readonly from: Cluster; readonly to: Cluster },
): Promise<string | null> {
  if (once) return 'it ends by itself (--once)';
  if (definition.heartbeats === null) return 'they are turned off (heartbeats: false)';
  const mayCreate = definition.createTopics !== null;
  return (
    (await prepareIn(definition.from.name, from.admin, mayCreate)) ??
    (await prepareIn(definition.to.name, to.admin, mayCreate))
  );
}

async function prepareIn(cluster: string, admin: Admin, mayCreate: boolean): Promise<string | null> {
  try {
    if (!(await admin.topicExists(heartbeatTopic))) {
      if (!mayCreate) return `there is no topic ${heartbeatTopic} on ${cluster}, and create_topics is false`;
      await admin.createTopic({ topic: heartbeatTopic, queues: 1 });
    }
    for (const queue of (await admin.topic(heartbeatTopic)) ?? []) await admin.peek(queue, queue.min, 1);
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `topic ${heartbeatTopic} of ${cluster} cannot be used: ${why}`;
  }
}
