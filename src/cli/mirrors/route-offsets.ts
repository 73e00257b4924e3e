import type { MirrorDefinition } from '../../job/definition.js';
import { heartbeatTopic } from '../../mirror/heartbeat-topic.js';
import { targetPlace } from '../../mirror/sync/target-place.js';
import { copiedQueues, type CopiedQueue } from '../../mirror/sync/copied-queues.js';
import type { Admin, Queue, QueueStats } from '../../rocketmq/cluster.js';
import { queueName } from '../../rocketmq/queue-name.js';
import type { DataDir, GroupSyncStatus } from '../../store/index.js';
import type { ClusterAccess } from '../cluster-access.js';

/** A place in a queue, and what the queue holds. Null: nobody can tell. */
export interface RouteEnd {
  readonly topic: string;
  readonly broker: string;
  readonly queue: number;
  readonly offset: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** Where a mirror stands in one queue. */
export interface RouteQueue {
  /** `offset` is the next to be copied. */
  readonly source: RouteEnd;
  /** `offset` is the one behind the last that was copied; the queue is null where messages go by their keys. */
  readonly target: RouteEnd | null;
  readonly lag: number | null;
  /** When the position was written. */
  readonly updated_at: string;
}

export interface RouteOffsets {
  readonly connector: string;
  readonly kind: 'mirror';
  readonly from: string | null;
  readonly to: string | null;
  /** Null: nobody can tell; the error says why. */
  readonly queues: readonly RouteQueue[] | null;
  /** What became of the groups whose offsets are synced, when each was last looked at; null like `queues`. */
  readonly groups: readonly GroupSyncStatus[] | null;
}

/** By what the positions on disk say and both clusters. Throws what they throw. */
export async function routeOffsets(
  definition: MirrorDefinition,
  dataDir: DataDir,
  access: ClusterAccess,
): Promise<RouteOffsets> {
  const store = dataDir.connector(definition.name);
  const stored = await store.positions.read();
  const groups = (await store.groupSync.read())?.groups ?? [];
  const [from, to] = await Promise.all([
    access.open(definition.from.cluster),
    access.open(definition.to.cluster),
  ]);
  const copied = copiedQueues(stored).filter(({ source }) => source.topic !== heartbeatTopic);
  const [here, there] = await Promise.all([
    statsOf(
      copied.map(({ source }) => source),
      from.admin,
    ),
    statsOf(
      copied.flatMap(({ target }) => target ?? []),
      to.admin,
    ),
  ]);
  const queues = await Promise.all(
    copied.map(async (queue): Promise<RouteQueue> => {
      const stats = here.get(queueName(queue.source)) ?? null;
      const { position } = queue;
      return {
        source: { ...queue.source, offset: position, min: stats?.min ?? null, max: stats?.max ?? null },
        target: await targetOf(queue, there, to.admin, definition.name),
        // What is gone is not waited for.
        lag: stats === null || position > stats.max ? null : stats.max - Math.max(position, stats.min),
        updated_at: stored?.partitions[queueName(queue.source)]?.updated_at ?? '',
      };
    }),
  );
  const { name: connector } = definition;
  return { connector, kind: 'mirror', from: definition.from.name, to: definition.to.name, queues, groups };
}

async function targetOf(
  { source, target, generation, position }: CopiedQueue,
  there: ReadonlyMap<string, QueueStats>,
  admin: Admin,
  connector: string,
): Promise<RouteEnd | null> {
  if (target === null) return null;
  const { topic, broker, queue } = target;
  const stats = there.get(queueName(target));
  if (stats === undefined) return { topic, broker, queue, offset: null, min: null, max: null };
  const { min, max } = stats;
  const way = { source, target, generation, position };
  const offset = await targetPlace((at, first, limit) => admin.peek(at, first, limit), connector, way, stats);
  return { topic, broker, queue, offset, min, max };
}

async function statsOf(queues: readonly Queue[], admin: Admin): Promise<ReadonlyMap<string, QueueStats>> {
  const topics = [...new Set(queues.map(({ topic }) => topic))];
  const stats = await Promise.all(topics.map(async (topic) => (await admin.topic(topic)) ?? []));
  return new Map(stats.flat().map((queue) => [queueName(queue), queue]));
}
