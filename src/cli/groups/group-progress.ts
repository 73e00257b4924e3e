import type { Admin, GroupInfo, GroupOffset } from '../../rocketmq/cluster.js';
import { RocketmqError } from '../../rocketmq/errors.js';
import { queueName } from '../../rocketmq/queue-name.js';
import { CommandError } from '../exit-code.js';
import { countText, plural } from '../number-text.js';
import { beyondText, isBeyond, type From } from '../sink-progress.js';

/** Where a consumer group stands, whoever's it is. */
export interface GroupProgress {
  readonly info: GroupInfo;
  readonly queues: readonly GroupQueue[];
  /** Why a number is not what it seems, or is not known. */
  readonly notes: readonly string[];
}

export interface GroupQueue extends GroupOffset {
  /** Of a topic with what members could not handle. */
  readonly retry: boolean;
}

/** Members take what was sent back to them from its first message on; where they start elsewhere is their own matter. */
export const startOf = ({ retry }: GroupQueue): From | null => (retry ? 'earliest' : null);

/** Throws `CommandError` where there is no such group. */
export async function readGroup(
  admin: Pick<Admin, 'brokers' | 'group' | 'groupOffsets'>,
  group: string,
): Promise<GroupProgress> {
  // No broker at all is not a group that is not there.
  if ((await admin.brokers()).length === 0) {
    throw new RocketmqError('unreachable', 'the name server knows no broker at the moment');
  }
  const info = await admin.group(group);
  if (info === null) {
    throw new CommandError('failed', 'group_not_found', `there is no consumer group ${group}`, {
      hint: 'is the name right, and is it this RocketMQ? A group is there once a member was online',
    });
  }
  const offsets = await admin.groupOffsets(group, [...info.topics, ...info.retryTopics]);
  const queues = offsets.map((queue) => known(queue, info));
  return { info, queues, notes: notesOf(info, queues) };
}

/** What brokers say of pulls has no meaning where members get messages in another way. */
function known(queue: GroupOffset, { delivery, retryTopics }: GroupInfo): GroupQueue {
  return {
    ...queue,
    retry: retryTopics.includes(queue.topic),
    inFlight: delivery === 'pull' ? queue.inFlight : null,
  };
}

function notesOf(info: GroupInfo, queues: readonly GroupQueue[]): string[] {
  const { group, topics, delivery, members } = info;
  if (topics.length === 0) {
    return [`group ${group} has no offset, and nobody is online: nobody can tell what it reads`];
  }
  const absent = topics.filter((topic) => !queues.some((queue) => queue.topic === topic));
  const main = queues.filter(({ retry }) => !retry);
  const fresh = main.filter(({ offset, min, max }) => offset === null && max > min);
  const gone = queues.reduce((sum, { offset, min }) => sum + Math.max(0, min - (offset ?? min)), 0);
  return [
    ...(delivery === 'pop'
      ? [
          'its members get messages by pop (as gRPC clients do): what is delivered and not acknowledged is not counted, and no broker tells how much it is',
        ]
      : []),
    ...(absent.length === 0
      ? []
      : [`it has offsets in ${absent.join(', ')}, which ${absent.length === 1 ? 'is' : 'are'} not there`]),
    ...(fresh.length === 0
      ? []
      : [
          `it never committed an offset in ${plural(fresh.length, 'queue')} with messages (${queueList(fresh)}): where it starts there, ${members.length === 0 ? 'its next member decides' : 'its members decide'}`,
        ]),
    ...(gone === 0 ? [] : [`${plural(gone, 'message')} it had not read expired, or were lost`]),
    ...queues.filter(isBeyond).map(beyondText),
  ];
}

function queueList(queues: readonly GroupQueue[]): string {
  const [first = '', second = '', ...others] = queues.map(queueName);
  if (others.length > 0) return `${first}, ${second} and ${countText(others.length)} more`;
  return second === '' ? first : `${first}, ${second}`;
}
