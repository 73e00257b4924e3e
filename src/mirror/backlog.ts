import type { MirrorDefinition } from '../job/definition.js';
import type { Admin, Queue, QueueStats } from '../rocketmq/cluster.js';
import { queueName } from '../rocketmq/queue-name.js';
import { systemTopics } from '../rocketmq/system-topics.js';
import type { StoredPositions } from '../store/index.js';
import { heartbeatTopic } from './heartbeat-topic.js';
import { copies } from './patterns.js';
import { copiedQueues } from './sync/copied-queues.js';
import { refusalOf } from './target-topic.js';

/** How far a mirror is behind in one queue of the source. Null: nobody can tell. */
export interface QueueBacklog {
  readonly source: Queue;
  /** Of the source. */
  readonly min: number | null;
  readonly max: number | null;
  /** The next offset to be copied. */
  readonly position: number | null;
  readonly records: number | null;
  /** Since when the oldest message that is not copied is in the source. */
  readonly seconds: number | null;
  /** Why nobody can tell; null: it is known. */
  readonly reason: string | null;
}

/** Without heartbeats, and in the order of their names. `stored`: what the route's position file says. */
export async function readBacklog(
  definition: MirrorDefinition,
  admin: Admin,
  stored: StoredPositions | null,
  now: number,
): Promise<readonly QueueBacklog[]> {
  const brokers = await admin.brokers();
  const registered = new Set(brokers.map(({ broker }) => broker));
  const isSystem = systemTopics(brokers);
  const isMeant = (topic: string): boolean => topic !== heartbeatTopic && copies(definition, topic, isSystem);
  const copied = copiedQueues(stored).filter(({ source }) => isMeant(source.topic));
  const positions = new Map(copied.map(({ source, position }) => [queueName(source), position]));
  const isNew = stored === null || Object.keys(stored.partitions).length === 0;
  const known = new Set(copied.map(({ source }) => source.topic));
  const unmet = (await admin.topics()).filter((topic) => isMeant(topic) && !known.has(topic));
  const topics = [...known, ...(await copyable(unmet, admin))];
  const queues = await Promise.all(
    topics.sort().map(async (topic) => {
      const found = await admin.topic(topic);
      const met = copied.filter(({ source }) => source.topic === topic);
      // A topic whose brokers are away is unknown, too; where they are there, it was deleted: nothing of it is left to copy.
      if (found === null && met.every(({ source }) => registered.has(source.broker)))
        return met.map(({ source, position }) => nothingLeft(source, position));
      const stats = found ?? [];
      const gone = met.flatMap(({ source, position }) =>
        !stats.some((one) => queueName(one) === queueName(source))
          ? [unknownBacklog(source, position, 'the queue is not there')]
          : [],
      );
      const there = stats.map(async (queue): Promise<QueueBacklog> => {
        const position = positions.get(queueName(queue)) ?? (await startIn(queue, definition, admin, isNew));
        return backlogIn(queue, position, admin, now);
      });
      return [...(await Promise.all(there)), ...gone];
    }),
  );
  return queues.flat();
}

/** Of topics that no run has met, those that the next one will copy. */
async function copyable(topics: readonly string[], admin: Admin): Promise<readonly string[]> {
  const refusals = await Promise.all(topics.map(async (topic) => refusalOf(await admin.brokerTopics(topic))));
  return topics.filter((_, index) => refusals[index] === null);
}

/** Where a run will start in a queue that none has met; null: where the queue ends when it does. */
async function startIn(
  queue: QueueStats,
  { start }: MirrorDefinition,
  admin: Admin,
  isNew: boolean,
): Promise<number | null> {
  if (!isNew || start === 'earliest' || queue.min === queue.max) return queue.min;
  return start === 'latest' ? null : admin.offsetAt(queue, start);
}

async function backlogIn(
  { topic, broker, queue, min, max }: QueueStats,
  position: number | null,
  admin: Admin,
  now: number,
): Promise<QueueBacklog> {
  const source = { topic, broker, queue };
  if (position === null) return { ...unknownBacklog(source, null, 'it was never read'), min, max };
  if (position > max) {
    const reason = `its place ${String(position)} is behind the end of the queue at ${String(max)}`;
    return { ...unknownBacklog(source, position, reason), min, max };
  }
  // What is gone is not waited for.
  const next = Math.max(position, min);
  const records = max - next;
  const storedAt = records === 0 ? null : await admin.storedAt(source, next);
  const seconds = records === 0 ? 0 : storedAt === null ? null : Math.max(0, now - storedAt) / 1000;
  return { source, min, max, position, records, seconds, reason: null };
}

function nothingLeft(source: Queue, position: number): QueueBacklog {
  return { source, min: null, max: null, position, records: 0, seconds: 0, reason: null };
}

function unknownBacklog(source: Queue, position: number | null, reason: string): QueueBacklog {
  return { source, min: null, max: null, position, records: null, seconds: null, reason };
}
