import type { Admin, Trail } from '../rocketmq/cluster.js';
import type { Generations } from './generations.js';
import { isMissing, lostQueues, remainsOf, type Remains } from './lost-tail.js';
import type { Positions } from './positions.js';
import { queueName } from '../rocketmq/queue-name.js';
import type { QueueTail } from './islands.js';
import type { Island } from './replay.js';

export interface Rewound {
  /** The tails, cut back where a queue ends earlier now. */
  readonly tails: readonly QueueTail[];
  /** By tag: parcels of which only a part is left. */
  readonly partial: ReadonlyMap<string, Island>;
  readonly foundLoss: boolean;
}

/**
 * Sets positions back to what the queues still hold, where they do not hold what was acknowledged: the
 * trail beats the file. The source is read again from there. Where not even the first message of ours is
 * left, the topic was made anew: what was deleted with it is not sent again, and that is said.
 * A partition that is spread over several queues has no one place to go back to: that is said too.
 */
export async function rewindLost(
  {
    admin,
    trail,
    positions,
    generations,
    warn,
  }: {
    readonly admin: Admin;
    readonly trail: Trail;
    readonly positions: Positions;
    readonly generations: Pick<Generations, 'tagOf' | 'counts'>;
    readonly warn: (message: string) => void;
  },
  tails: readonly QueueTail[],
  dead: readonly string[],
  signal: AbortSignal,
): Promise<Rewound> {
  const tagOf = (partition: string): string => generations.tagOf(partition);
  const lost = await lostQueues(admin, trail, tails, dead, signal);
  const partial = new Map<string, Island>();
  const cut = new Map<QueueTail, QueueTail>();
  for (const tail of lost) {
    const partitions = positions.partitionsOf(tail);
    const left = await remainsOf(admin, tail, new Set(partitions.map(tagOf)), generations.counts);
    if (await isMissing(admin, tail, tail.first)) {
      warn(left.isTakenAway ? takenAway(tail) : madeAnew(tail));
      cut.set(tail, { ...tail, offset: left.min, first: null, last: null });
      continue;
    }
    for (const partition of partitions) rewind(positions, partition, tagOf(partition), left, partial, warn);
    warn(
      partitions.length === 0
        ? `${queueName(tail)}: the broker has lost messages that it had acknowledged; they were spread over ` +
            'several queues (order: none), so they are not sent again'
        : `${queueName(tail)}: the broker has lost messages that it had acknowledged; sending them again`,
    );
    cut.set(tail, { ...tail, offset: Math.min(tail.offset, left.max), last: tail.first });
  }
  return { tails: tails.map((tail) => cut.get(tail) ?? tail), partial, foundLoss: lost.length > 0 };
}

const madeAnew = (tail: QueueTail): string =>
  `${queueName(tail)} holds nothing of what was sent to it: topic ${tail.topic} was made anew; ` +
  'what was deleted with it is not sent again (connectors forget NAME --yes has the source start over)';

const takenAway = (tail: QueueTail): string =>
  `${queueName(tail)} cannot be read any more: topic ${tail.topic} has fewer queues now; what is stored there is not ` +
  'sent again, but for what was under way';

function rewind(
  positions: Positions,
  partition: string,
  tag: string,
  { min, last, queue }: Remains,
  partial: Map<string, Island>,
  warn: (message: string) => void,
): void {
  const island = last.get(tag);
  if (island === undefined) {
    if (min === 0) positions.rewind(partition, null);
    else warn(`${queueName(queue)}: what is left of ${partition} has expired; it may lack records`);
    return;
  }
  const { from, skipped, to, count } = island.span;
  if (island.stored >= count) {
    positions.rewind(partition, to);
    return;
  }
  positions.rewind(partition, from);
  // What lies before the parcel, behind the same position, was sent in one before it.
  partial.set(tag, {
    span: { from, skipped: 0, to, count: skipped + count },
    stored: skipped + island.stored,
  });
}
