import type { MirrorDefinition } from '../job/definition.js';
import type { BrokerTopic, Cluster, Queue } from '../rocketmq/cluster.js';
import { ConnectorError } from '../sdk/index.js';

const readable = 4;
const writable = 2;
const typeAttribute = 'message.type';

/** Why a topic cannot be mirrored, by how it is set; null: it can. */
export function refusalOf(settings: ReadonlyMap<string, BrokerTopic>): string | null {
  for (const { attributes, perm } of settings.values()) {
    const type = attributes[typeAttribute];
    if (type === 'LITE') return 'it is a LITE topic, whose queues come and go by themselves';
    if (attributes['cleanup.policy'] === 'COMPACTION') {
      return 'it is a COMPACTION topic, whose messages change their places';
    }
    if (attributes['queue.type'] === 'BatchCQ') {
      return 'it is a BatchCQ topic, where a place is a batch and not a message';
    }
    if ((perm & readable) === 0) {
      return 'it cannot be read (mqadmin updateTopicPerm … -p 6 allows it)';
    }
  }
  return null;
}

/** The source's queues that can be read, in a stable order. */
export function queuesOf(topic: string, settings: ReadonlyMap<string, BrokerTopic>): readonly Queue[] {
  return [...settings]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([broker, { readQueues }]) =>
      Array.from({ length: readQueues }, (_, queue) => ({ topic, broker, queue })),
    );
}

/**
 * What has to be set on the target's brokers, so that the topic there has the queues it needs and is otherwise like
 * the source's. Nothing is taken away: a topic never gets fewer queues, and can always be written.
 */
export function changesFor(
  source: ReadonlyMap<string, BrokerTopic>,
  current: ReadonlyMap<string, BrokerTopic>,
  brokers: readonly string[],
  needed: ReadonlyMap<string, number>,
): ReadonlyMap<string, BrokerTopic> {
  const [model] = source.values();
  const changes = new Map<string, BrokerTopic>();
  if (model === undefined) return changes;
  const type = model.attributes[typeAttribute];
  const perm = model.perm | writable;
  const most = Math.max(1, ...needed.values());
  for (const broker of brokers) {
    const there = current.get(broker);
    const least = needed.get(broker) ?? (there === undefined ? most : 0);
    const wanted = {
      readQueues: Math.max(there?.readQueues ?? 0, least),
      writeQueues: Math.max(there?.writeQueues ?? 0, least),
      perm,
    };
    const sameType = type === undefined || there?.attributes[typeAttribute] === type;
    const same =
      there?.readQueues === wanted.readQueues &&
      there.writeQueues === wanted.writeQueues &&
      (there.perm & (readable | writable)) === (perm & (readable | writable));
    if (same && sameType) continue;
    changes.set(broker, { ...wanted, attributes: type === undefined ? {} : { [typeAttribute]: type } });
  }
  return changes;
}

/** Makes the topic on the target what it has to be; says what was done, or null. */
export async function settle(
  { createTopics, to: { name } }: MirrorDefinition,
  { admin }: Cluster,
  topic: string,
  changes: ReadonlyMap<string, BrokerTopic>,
  isThere: boolean,
): Promise<string | null> {
  if (changes.size === 0) return null;
  const queues = Math.max(...[...changes.values()].map(({ writeQueues }) => writeQueues));
  if (createTopics === null) {
    if (isThere) return null;
    throw new ConnectorError('config', `topic ${topic} does not exist on ${name}`, {
      hint: `create it with ${String(queues)} queues on each broker, or take create_topics: false out of the job file`,
    });
  }
  await admin.setBrokerTopics(topic, changes);
  const what = isThere ? 'set topic' : 'created topic';
  return `${what} ${topic} on ${name}: ${String(queues)} queues on ${[...changes.keys()].join(', ')}`;
}
