import type { Consumer } from '../rocketmq/cluster.js';
import type { SinkOffsets, SinkTask } from '../sdk/index.js';
import { ownOffset, type Channel } from './channel.js';

export interface CommitOptions {
  readonly task: SinkTask;
  readonly consumer: Consumer;
  /** The sink's own offsets; null where it keeps none. */
  readonly offsets: Pick<SinkOffsets, 'set'> | null;
  readonly retrying: <T>(attempt: () => Promise<T>) => Promise<T>;
}

/**
 * Makes permanent what is written, then commits the group's offsets. In a sink that keeps offsets its own
 * are permanent first: the group's never overtake them, and are one that we committed or the same.
 */
export async function commitOffsets(channels: readonly Channel[], options: CommitOptions): Promise<void> {
  const { task, consumer, retrying } = options;
  await keepMarks(channels, options);
  const moved = channels
    .filter(({ written, committed }) => written !== committed)
    .map((channel) => ({ channel, offset: channel.written }));
  if (moved.length === 0) return;
  await retrying(async () => task.flush?.());
  await Promise.all(
    moved.map(async ({ channel, offset }) => {
      await retrying(() => consumer.commit(channel.queue, offset));
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
export async function keepMarks(
  channels: readonly Channel[],
  { offsets, retrying }: CommitOptions,
): Promise<void> {
  if (offsets === null) return;
  const unkept = channels.filter((channel) => channel.unkept && channel.written === channel.committed);
  if (unkept.length === 0) return;
  await retrying(() => offsets.set(unkept.map((channel) => ownOffset(channel, channel.written))));
  for (const channel of unkept) channel.unkept = false;
}
