import type { Consumer } from '../rocketmq/cluster.js';
import type { SinkTask } from '../sdk/index.js';
import type { Channel } from './channel.js';

/**
 * Makes permanent what is written, then commits the group's offsets. In a sink that keeps offsets its own
 * are permanent first: the group's never overtake them, and are one that we committed or the same.
 */
export async function commitOffsets(
  channels: readonly Channel[],
  task: SinkTask,
  consumer: Consumer,
  retrying: <T>(attempt: () => Promise<T>) => Promise<T>,
): Promise<void> {
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
    }),
  );
}
