import type { MirrorDefinition } from '../job/definition.js';
import type { Cluster } from '../rocketmq/cluster.js';
import { errorText } from '../sdk/index.js';
import { heartbeatTopic } from './heartbeat-topic.js';

/**
 * Makes the topic of the heartbeats on both clusters, before it is looked which topics there are, and sees whether it can
 * be used: a target that takes none must be known before they are copied, as what it denies stops a route. Says why there
 * can be no heartbeats, which never keeps the route itself from running; null: there can.
 */
export async function prepareHeartbeats(
  { definition, once }: { readonly definition: MirrorDefinition; readonly once: boolean },
  { from, to }: { readonly from: Cluster; readonly to: Cluster },
): Promise<string | null> {
  if (once) return 'it ends by itself (--once)';
  if (definition.heartbeats === null) return 'they are turned off (heartbeats: false)';
  const mayCreate = definition.createTopics !== null;
  const { from: source, to: target, name } = definition;
  return (
    (await whyNotIn(source.name, from, mayCreate, () => Promise.resolve())) ??
    (await whyNotIn(target.name, to, mayCreate, () => sendOne(to, name)))
  );
}

async function whyNotIn(
  name: string,
  { admin }: Cluster,
  mayCreate: boolean,
  attempt: () => Promise<void>,
): Promise<string | null> {
  try {
    if (!(await admin.topicExists(heartbeatTopic))) {
      if (!mayCreate) return `there is no topic ${heartbeatTopic} on ${name}, and create_topics is false`;
      await admin.createTopic({ topic: heartbeatTopic, queues: 1 });
    }
    for (const queue of (await admin.topic(heartbeatTopic)) ?? []) await admin.peek(queue, queue.min, 1);
    await attempt();
    return null;
  } catch (error) {
    return `topic ${heartbeatTopic} of ${name} cannot be used: ${errorText(error)}`;
  }
}

/** Without a key it is of no route, so nobody passes it on. */
async function sendOne(to: Cluster, name: string): Promise<void> {
  const producer = to.producer(`connect-heartbeats-${name}`);
  try {
    const [queue] = await producer.queues(heartbeatTopic);
    if (queue !== undefined) await producer.send(queue, [{ body: Buffer.from(name) }]);
  } finally {
    await producer.close();
  }
}
