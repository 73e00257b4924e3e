import type { Queue } from '../rocketmq/cluster.js';
import type { QueueOffset } from '../sdk/index.js';
import { ownOffset, type Channel } from './channel.js';

export interface CommitSteps {
  /** Makes permanent what is written. */
  readonly flush: () => Promise<void>;
  /** Commits for the group; false where that is not this worker's to do any more. */
  readonly commit: (queue: Queue, offset: number) => Promise<boolean>;
  /** Has the sink keep these as its own offsets; null where it keeps none. */
  readonly keep: ((offsets: readonly QueueOffset[]) => Promise<void>) | null;
}

/**
 * Makes permanent what is written, then commits the group's offsets. In a sink that keeps offsets its own
 * are permanent first: the group's never overtake them, and are one that we committed or the same.
 */
export async function commitOffsets(channels: readonly Channel[], steps: CommitSteps): Promise<void> {
  const { flush, commit } = steps;
  await keepMarks(channels, steps);
  const moved = channels
    .filter(({ written, committed }) => written !== committed)
    .map((channel) => ({ channel, offset: channel.written }));
  if (moved.length === 0) return;
  await flush();
  await Promise.all(
    moved.map(async ({ channel, offset }) => {
      if (!(await commit(channel.queue, offset))) return;
      channel.committed = offset;
      channel.commits?.committed(offset);
      channel.unkept = true;
    }),
  );
}

/**
 * Has the sink keep beside its offsets what was committed, where no write has done so since: else a later
 * reset to an earlier commit of ours could not be told from one.
 */
export async function keepMarks(channels: readonly Channel[], { keep }: CommitSteps): Promise<void> {
  if (keep === null) return;
  const unkept = channels.filter((channel) => channel.unkept && channel.written === channel.committed);
  if (unkept.length === 0) return;
  await keep(unkept.map((channel) => ownOffset(channel, channel.written)));
  for (const channel of unkept) channel.unkept = false;
}
