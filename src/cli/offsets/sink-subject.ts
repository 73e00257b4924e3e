import { deliveryOf } from '../../job/delivery.js';
import type { SinkDefinition } from '../../job/definition.js';
import type { Admin, GroupOffset } from '../../rocketmq/cluster.js';
import { RocketmqError } from '../../rocketmq/errors.js';
import type { SinkOffsets } from '../../sdk/index.js';
import { absentTopics } from '../absent-topics.js';
import type { DataDir } from '../../store/index.js';
import type { ClusterAccess } from '../cluster-access.js';
import type { Remembered } from '../remembered.js';
import { restore } from '../restored.js';
import type { Standing } from './queue-changes.js';
import { queueName } from '../../rocketmq/queue-name.js';

/** A sink whose offsets are looked at or changed. */
export interface SinkSubject {
  readonly remembered: Remembered;
  readonly definition: SinkDefinition;
  readonly admin: Admin;
  /** Where it will go on: at its own offsets where it keeps some, else at the group's. */
  readonly standings: readonly Standing[];
  /** Opens the offsets it keeps itself; null where it keeps none. */
  readonly openOwn: (() => Promise<SinkOffsets>) | null;
}

/** Throws where RocketMQ, or the sink's own system, cannot tell. */
export async function sinkSubject(
  remembered: Remembered,
  access: ClusterAccess,
  dataDir: DataDir,
): Promise<SinkSubject> {
  const { definition, cluster } = await restore(remembered);
  if (definition.kind !== 'sink') throw new Error(`${remembered.name} is remembered as a sink`);
  const { name: connector, group, topics, config, baseDir, sink } = definition;
  const { admin } = await access.open(cluster);
  const queues = await admin.groupOffsets(group, topics);
  const absent = await absentTopics(admin, topics, queues);
  if (absent !== null) throw new RocketmqError('topic_not_found', absent);
  // While it runs, its worker alone may touch them.
  const runs = remembered.live && remembered.status?.state !== 'stopped';
  const keeps = deliveryOf(definition, cluster).delivery === 'exactly_once' && !runs;
  const { state } = dataDir.connector(connector);
  const open = keeps ? sink.offsets?.bind(sink) : undefined;
  const openOwn = open === undefined ? null : () => open(config, { connector, baseDir, group, state });
  return { remembered, definition, admin, standings: await standingsOf(queues, openOwn), openOwn };
}

async function standingsOf(
  queues: readonly GroupOffset[],
  openOwn: SinkSubject['openOwn'],
): Promise<readonly Standing[]> {
  const kept = openOwn === null ? [] : await withOwn(openOwn, (own) => own.read());
  const own = new Map(kept.map((entry) => [queueName(entry), entry.offset]));
  return queues.map((queue) => ({ ...queue, offset: own.get(queueName(queue)) ?? queue.offset }));
}

export async function withOwn<T>(
  openOwn: () => Promise<SinkOffsets>,
  use: (own: SinkOffsets) => Promise<T>,
): Promise<T> {
  const own = await openOwn();
  try {
    return await use(own);
  } finally {
    await own.close();
  }
}
