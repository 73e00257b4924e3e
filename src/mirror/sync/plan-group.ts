import type { Admin, GroupInfo, GroupOffset, GroupSettings, Queue } from '../../rocketmq/cluster.js';
import { queueName } from '../../rocketmq/queue-name.js';
import { count } from '../../worker/runner.js';
import { syncByTime } from './by-time.js';
import type { QueueMaps } from './queue-maps.js';
import { exactSync, stays, type QueueSync, type QueueStanding } from './queue-sync.js';
import type { CopiedQueue } from './copied-queues.js';

/** Between which clusters, and what is known of what was copied. */
export interface SyncSubject {
  readonly from: { readonly name: string; readonly admin: Admin };
  readonly to: { readonly name: string; readonly admin: Admin };
  readonly queues: readonly CopiedQueue[];
  readonly maps: QueueMaps;
  /** Whether messages in the target tell where they came from, so that what no map has was not copied. */
  readonly traced: boolean;
  /** The name that a topic has in the target. */
  readonly targetTopic: (topic: string) => string;
}

/** What is to be done to a group's offsets in the target. */
export interface GroupPlan {
  readonly group: string;
  readonly queues: readonly QueueSync[];
  /** Why nothing may be done; null: it may. */
  readonly obstacle: string | null;
  /** What may be skipped, or come again, that no queue tells. */
  readonly notes: readonly string[];
  /** As the source has them. */
  readonly settings: GroupSettings;
}

/** Looks at both clusters, and changes nothing. */
export async function planGroup(group: string, subject: SyncSubject): Promise<GroupPlan> {
  const { from, to } = subject;
  const nothing = { group, queues: [], notes: [], settings: {} };
  const info = await from.admin.group(group);
  if (info === null) return { ...nothing, obstacle: `there is no group ${group} in ${from.name}` };
  const members = await to.admin.groupMembers(group);
  const mine = subject.queues.filter(({ source: { topic } }) => reads(info, topic));
  const settings = (await from.admin.groupSettings(group)) ?? {};
  const queues = await queueSyncs(group, mine, subject);
  const obstacle =
    members.length > 0
      ? `it has ${count(members.length, 'member')} online in ${to.name} (${members.join(', ')}), whose place is their own`
      : mine.length === 0
        ? 'it reads nothing that is copied'
        : null;
  const sentBack = await from.admin.groupOffsets(group, info.retryTopics);
  return { group, queues, obstacle, notes: notesOf(info, sentBack, subject), settings };
}

const reads = ({ topics, retryTopics }: GroupInfo, topic: string): boolean =>
  topics.includes(topic) || retryTopics.includes(topic);

async function queueSyncs(
  group: string,
  queues: readonly CopiedQueue[],
  subject: SyncSubject,
): Promise<readonly QueueSync[]> {
  const { from, to, targetTopic } = subject;
  const topics = [...new Set(queues.map(({ source }) => source.topic))];
  // The target's ends first: what is not read when the source is asked comes behind them, if it is not there yet.
  const there = await to.admin.groupOffsets(group, topics.map(targetTopic));
  const here = await from.admin.groupOffsets(group, topics);
  const byTime = await Promise.all(
    topics
      .filter((topic) => queues.some(({ source, target }) => source.topic === topic && target === null))
      .map((topic) =>
        syncByTime(
          here.filter((queue) => queue.topic === topic),
          there.filter((queue) => queue.topic === targetTopic(topic)),
          { from: from.admin, to: to.admin },
        ),
      ),
  );
  const exact = await Promise.all(
    queues.map(async ({ source, target, generation, position }): Promise<QueueSync | null> => {
      if (target === null) return null;
      const [standsAt, end] = [at(here, source), at(there, target)];
      if (standsAt === undefined) return null;
      if (end === undefined) return null;
      const { offset, min: sourceMin } = standsAt;
      const standing: QueueStanding = { source, offset, sourceMin, target: end };
      if (offset === null) return stays(standing, 'it never committed an offset on the source');
      if (offset > standsAt.max) {
        return stays(
          standing,
          `it stands at ${String(offset)}, behind the source's end at ${String(standsAt.max)}`,
        );
      }
      const way = { source, target, generation };
      const { maps, traced } = subject;
      await maps.forgetBelow(way, sourceMin, end.min);
      const place = await maps.find(way, offset);
      const [start, copiedUpTo] = await Promise.all([maps.start(way), maps.copiedUpTo(way)]);
      if (place === null && !traced)
        return stays(standing, 'where its messages are in the target is not known');
      return exactSync(
        { ...standing, offset },
        { place, start, copiedUpTo: Math.max(position, copiedUpTo ?? 0) },
      );
    }),
  );
  return [...exact.filter((queue) => queue !== null), ...byTime.flat()];
}

const at = (offsets: readonly GroupOffset[], queue: Queue): GroupOffset | undefined =>
  offsets.find((offset) => queueName(offset) === queueName(queue));

function notesOf(info: GroupInfo, sentBack: readonly GroupOffset[], subject: SyncSubject): string[] {
  const { from, to } = subject;
  const waiting = sentBack.filter(
    ({ topic, max, min, offset }) =>
      info.retryTopics.includes(topic) &&
      max > Math.max(offset ?? min, min) &&
      !subject.queues.some(({ source }) => source.topic === topic),
  );
  const behind = waiting.reduce((sum, { max, min, offset }) => sum + max - Math.max(offset ?? min, min), 0);
  return [
    ...(info.delivery === 'pop'
      ? [
          `its members get messages by pop: its offset in ${from.name} moves with the delivery, so what is delivered and not acknowledged is skipped in ${to.name}; let them finish, and stop them, before the move`,
        ]
      : []),
    ...(behind > 0
      ? [
          `${count(behind, 'message')} sent back to it wait in ${[...new Set(waiting.map(({ topic }) => topic))].join(', ')} of ${from.name}, which is not copied: in ${to.name} they are skipped; let them be read first`,
        ]
      : []),
  ];
}
