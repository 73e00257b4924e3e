import type { ClusterDefinition, ConnectorDefinition, MirrorDefinition } from '../../job/definition.js';
import { homeOf } from '../../job/homes.js';
import { topicsOf } from '../../job/topics-of.js';
import { copies, namesTopic } from '../../mirror/patterns.js';
import type { Admin, BrokerTopic, Cluster } from '../../rocketmq/cluster.js';
import { RocketmqError } from '../../rocketmq/errors.js';
import { systemTopics } from '../../rocketmq/system-topics.js';
import { fine, problem, warning, type Finding, type Findings } from '../../sdk/index.js';
import { plural } from '../number-text.js';

const canRead = 4;
const canWrite = 2;

/** Whether a RocketMQ answers, and has what the connectors that use it need. */
export async function* inspectCluster(
  cluster: Cluster,
  definition: ClusterDefinition,
  connectors: readonly ConnectorDefinition[],
  job: ClusterDefinition,
): Findings {
  await cluster.check();
  yield await answering(cluster);
  yield* onceEach(ofConnectors(cluster, definition, connectors, job));
}

/** A topic that is written and read is looked at for both; what is found twice is told once. */
async function* onceEach(findings: Findings): Findings {
  const told = new Set<string>();
  for await (const finding of findings) {
    const text = JSON.stringify(finding);
    if (!told.has(text)) yield finding;
    told.add(text);
  }
}

async function* ofConnectors(
  cluster: Cluster,
  definition: ClusterDefinition,
  connectors: readonly ConnectorDefinition[],
  job: ClusterDefinition,
): Findings {
  for (const connector of connectors) {
    if (connector.kind === 'mirror') {
      if (sameCluster(connector.from.cluster, definition)) yield* mirrored(cluster.admin, connector);
      if (!sameCluster(connector.to.cluster, definition)) continue;
      yield fine(`mirror ${connector.name} copies to here`);
      continue;
    }
    if (!sameCluster(homeOf(connector, job), definition)) continue;
    const bit = connector.kind === 'source' ? canWrite : canRead;
    for (const topic of topicsOf(connector))
      yield await topicFinding(cluster, topic, connector.createTopics, bit);
    if (connector.kind === 'sink') yield await groupFinding(cluster.admin, connector.group);
    const { tolerance, deadLetterTopic } = connector.errors;
    if (tolerance === 'dead_letter')
      yield await topicFinding(cluster, deadLetterTopic, connector.createTopics, canWrite);
  }
}

export const sameCluster = (one: ClusterDefinition, other: ClusterDefinition): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

async function answering({ admin, address }: Cluster): Promise<Finding> {
  const brokers = await unlessUnsupported(() => admin.brokers());
  if (brokers === null) return fine(`${address} answers`);
  const names = [...new Set(brokers.map(({ broker }) => broker))].sort();
  return fine(`${address} answers, with ${plural(names.length, 'broker')}: ${names.join(', ')}`);
}

async function topicFinding(
  { admin, address }: Cluster,
  topic: string,
  createTopics: { readonly queues: number } | null,
  bit: number,
): Promise<Finding> {
  if (!(await admin.topicExists(topic))) {
    const canMake = (await unlessUnsupported(() => admin.brokers())) !== null;
    if (createTopics !== null && canMake)
      return fine(
        `topic ${topic} is not there yet; it is made at the start, with ${plural(createTopics.queues, 'queue')}`,
      );
    const queues = String(createTopics?.queues ?? 8);
    return problem(
      `topic ${topic} does not exist on ${address}`,
      `mqadmin updateTopic -n NAMESERVER -c CLUSTER -t ${topic} -r ${queues} -w ${queues}` +
        (canMake ? ', or take create_topics: false out of the job file' : ''),
    );
  }
  const settings = await unlessUnsupported(() => admin.brokerTopics(topic));
  if (settings === null) return fine(`topic ${topic} is there`);
  const closed = [...settings].filter(([, { perm }]) => (perm & bit) === 0).map(([broker]) => broker);
  const verb = bit === canWrite ? 'written to' : 'read';
  if (closed.length === 0)
    return fine(`topic ${topic} is there, with ${plural(queuesOf(settings, bit), 'queue')}`);
  const told = `topic ${topic} cannot be ${verb} on ${closed.join(', ')}: its permission says no`;
  const hint = `mqadmin updateTopicPerm -n NAMESERVER -t ${topic} -p 6 -b BROKER`;
  return closed.length < settings.size ? warning(told, hint) : problem(told, hint);
}

const queuesOf = (settings: ReadonlyMap<string, BrokerTopic>, bit: number): number =>
  [...settings.values()].reduce(
    (sum, { readQueues, writeQueues }) => sum + (bit === canWrite ? writeQueues : readQueues),
    0,
  );

async function groupFinding(admin: Admin, group: string): Promise<Finding> {
  const known = await unlessUnsupported(async () => ({ info: await admin.group(group) }));
  if (known === null) return fine(`group ${group}: a proxy does not tell whether it is there`);
  const { info } = known;
  if (info === null) return fine(`group ${group} is not there yet; it is made at the start`);
  const online = info.members.length === 0 ? 'nobody online' : `online: ${info.members.join(', ')}`;
  if (info.delivery !== 'pop') return fine(`group ${group} is there, ${online}`);
  return warning(
    `group ${group} is read by pop (gRPC clients; ${online}): offsets that such members move are not ours to go by`,
    'choose another group, or stop them',
  );
}

/** Of the cluster that a mirror copies from. */
async function* mirrored(admin: Admin, mirror: MirrorDefinition): Findings {
  const { name, topics } = mirror;
  const isSystem = systemTopics(await admin.brokers());
  const there = (await admin.topics()).filter((topic) => copies(mirror, topic, isSystem));
  if (there.length > 0) yield fine(`mirror ${name} copies ${plural(there.length, 'topic')} from here`);
  const missing = topics.filter((pattern) => !there.some((topic) => namesTopic([pattern], topic, isSystem)));
  for (const pattern of missing)
    yield warning(`mirror ${name}: no topic ${pattern} is here yet`, 'it is copied when it appears');
}

/** Null where a proxy does not tell. */
async function unlessUnsupported<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RocketmqError && error.code === 'unsupported') return null;
    throw error;
  }
}
