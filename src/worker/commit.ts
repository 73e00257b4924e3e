import type { Queue } from '../rocketmq/cluster.js';
import type { Channel } from './channel.js';

export interface CommitSteps {
  /** Makes permanent what is written. */
  readonly flush: () => Promise<void>;
  /** Commits for the group; false where that is not this worker's to do any more. */
  readonly commit: (queue: Queue, offset: number) => Promise<boolean>;
}

/**
 * Makes permanent what is written, then commits the group's offsets. In a sink that keeps offsets its own
 * are permanent first: the group's never overtake them, and are one that we committed or the same.
 */
export async function commitOffsets(
  channels: readonly Channel[],
  { flush, commit }: CommitSteps,
): Promise<void> {
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
    }),
  );
}
