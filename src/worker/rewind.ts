import type { Admin, Trail } from '../rocketmq/cluster.js';
import { lostQueues, remainsOf, type Remains } from './lost-tail.js';
import type { Positions } from './positions.js';
import { queueName } from './queue-deal.js';
import type { QueueTail } from './recover.js';
import type { Island } from './replay.js';

export interface Rewound {
  /** The tails, cut back where a queue ends earlier now. */
  readonly tails: readonly QueueTail[];
  /** By tag: parcels of which only a part is left. */
  readonly partial: ReadonlyMap<string, Island>;
}

/**
 * Sets positions back to what the queues still hold, where they do not hold what was acknowledged: the
 * trail beats the file. The source is read again from there. Where a broker holds nothing of ours in the
 * topic any more, the topic was made anew: what was deleted with it is not sent again, and that is said.
 * A partition that is spread over several queues has no one place to go back to: that is said too.
 */
export async function rewindLost(
  {
    admin,
    trail,
    positions,
    tagOf,
    warn,
  }: {
    readonly admin: Admin;
    readonly trail: Trail;
    readonly positions: Positions;
    readonly tagOf: (partition: string) => string;
    readonly warn: (message: string) => void;
  },
  tails: readonly QueueTail[],
  dead: readonly string[],
  signal: AbortSignal,
): Promise<Rewound> {
  const lost = await lostQueues(admin, trail, tails, dead, signal);
  const partial = new Map<string, Island>();
  if (lost.length === 0) return { tails, partial };
  const remains = await Promise.all(
    lost.map((tail) => remainsOf(admin, tail, new Set(positions.partitionsOf(tail).map(tagOf)))),
  );
  for (const left of remains) {
    const { queue } = left;
    const ours = (other: { broker: string; topic: string }): boolean =>
      other.broker === queue.broker && other.topic === queue.topic;
    const intact = tails.some((tail) => ours(tail) && tail.last !== null && !lost.includes(tail));
    const survivors = remains.some((other) => ours(other.queue) && other.last.size > 0);
    if (!intact && !survivors) {
      warn(
        `${queueName(queue)} holds nothing of what was sent to it: topic ${queue.topic} was made anew; ` +
          'what was deleted with it is not sent again (connectors forget starts the source over)',
      );
      continue;
    }
    const partitions = positions.partitionsOf(queue);
    for (const partition of partitions) rewind(positions, partition, tagOf(partition), left, partial, warn);
    warn(
      partitions.length === 0
        ? `${queueName(queue)}: the broker has lost messages that it had acknowledged; they were spread over ` +
            'several queues (order: none), so they are not sent again'
        : `${queueName(queue)}: the broker has lost messages that it had acknowledged; sending them again`,
    );
  }
  const ends = new Map(remains.map(({ queue, max }) => [queueName(queue), max]));
  return {
    tails: tails.map((tail) => {
      const end = ends.get(queueName(tail));
      return end === undefined ? tail : { ...tail, offset: Math.min(tail.offset, end), last: null };
    }),
    partial,
  };
}

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
