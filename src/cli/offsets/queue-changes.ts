import type { GroupOffset, Queue } from '../../rocketmq/cluster.js';
import { CommandError } from '../exit-code.js';
import type { From } from '../sink-progress.js';
import type { Target } from './target.js';
import { queueName } from '../../rocketmq/queue-name.js';

/** What is done to one queue of a sink. */
export interface QueueChange {
  readonly topic: string;
  readonly broker: string;
  readonly queue: number;
  /** null: there is none. */
  readonly old: number | null;
  readonly new: number;
  /** null where there was no offset. */
  readonly delta: number | null;
  /** Why it is not quite what was asked for. */
  readonly note: string | null;
}

/** The queues that are meant, of those there are: `topics` by name, `queues` as `broker/number`; all where none is named. */
export interface QueueSelection {
  readonly topics: readonly string[];
  readonly queues: readonly string[];
}

/** Throws `CommandError` for a topic or queue that is not there. */
export function selectQueues<Q extends Queue>(there: readonly Q[], selection: QueueSelection): readonly Q[] {
  const topics = new Set(there.map(({ topic }) => topic));
  refuseUnknown('topic', selection.topics, topics);
  const ofTopics = there.filter(
    ({ topic }) => selection.topics.length === 0 || selection.topics.includes(topic),
  );
  const names = new Set(ofTopics.map(shortName));
  refuseUnknown('queue', selection.queues, names);
  return ofTopics.filter(
    (queue) => selection.queues.length === 0 || selection.queues.includes(shortName(queue)),
  );
}

const shortName = ({ broker, queue }: Queue): string => `${broker}/${String(queue)}`;

function refuseUnknown(what: string, named: readonly string[], known: ReadonlySet<string>): void {
  const unknown = named.find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new CommandError('usage', `unknown_${what}`, `the sink reads no ${what} ${unknown}`, {
    hint: known.size === 0 ? 'it has none' : `it reads: ${[...known].sort().join(', ')}`,
  });
}

/** `offset`: where the sink will go on; its own offset, where it keeps some, wins over the group's. */
export type Standing = Pick<GroupOffset, 'topic' | 'broker' | 'queue' | 'min' | 'max' | 'offset'>;

/** Where each queue goes. Throws `CommandError` where the target makes no sense for a queue. */
export async function changesTo(
  target: Target,
  queues: readonly Standing[],
  offsetAt: (queue: Queue, time: number) => Promise<number>,
): Promise<readonly QueueChange[]> {
  if (typeof target === 'object' && 'shift' in target) refuseToShift(queues);
  return Promise.all(
    queues.map(async (queue) => {
      const wanted = await placeIn(target, queue, offsetAt);
      return change(queue, wanted, typeof target === 'object' && 'shift' in target);
    }),
  );
}

/** Where the sink goes when it starts in a queue that its group has no offset in. */
export const startOf = (from: From): Target => (typeof from === 'number' ? { time: from } : from);

async function placeIn(
  target: Target,
  queue: Standing,
  offsetAt: (queue: Queue, time: number) => Promise<number>,
): Promise<number> {
  if (target === 'earliest') return queue.min;
  if (target === 'latest') return queue.max;
  if ('time' in target) return offsetAt(queue, target.time);
  return 'offset' in target ? target.offset : (queue.offset ?? 0) + target.shift;
}

/** `clamps`: what lies outside the queue goes to its nearer end; else it is refused. */
export function change(queue: Standing, wanted: number, clamps: boolean): QueueChange {
  const { topic, broker, queue: number, old, min, max } = { ...queue, old: queue.offset };
  const inside = Math.min(Math.max(wanted, min), max);
  if (inside !== wanted && !clamps) {
    throw new CommandError(
      'usage',
      'no_such_offset',
      `${queueName(queue)} goes from ${String(min)} to ${String(max)}: it has no place ${String(wanted)}`,
      { hint: 'choose queues with --topic and --queue, or use --to earliest, latest or a time' },
    );
  }
  const note = inside === wanted ? null : inside === min ? 'this is its start' : 'this is its end';
  return { topic, broker, queue: number, old, new: inside, delta: old === null ? null : inside - old, note };
}

function refuseToShift(queues: readonly Standing[]): void {
  const without = queues.filter(({ offset }) => offset === null);
  if (without.length === 0) return;
  const names = without.map(queueName);
  throw new CommandError('usage', 'no_offset', `there is no offset to shift in ${names.join(', ')}`, {
    hint: 'use --to, or choose queues with --topic and --queue',
  });
}
