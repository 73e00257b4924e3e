import type { Command } from 'commander';
import type { Admin, QueueStats } from '../../rocketmq/cluster.js';
import { CommandError } from '../exit-code.js';
import { leaf, perform } from '../leaf.js';
import { countText, timeText } from '../number-text.js';
import type { Output } from '../output.js';
import { table } from '../table.js';
import { onCluster, withClusterOptions, type TopicAccessOptions } from '../topic-access.js';

export function topicsShow(): Command {
  const command = withClusterOptions(
    leaf('show', 'Show the queues of a topic', ['topics show access-log']),
  ).argument('<topic>', 'the topic');
  return perform<TopicAccessOptions>(command, async ({ options, out, dataDir }, topic: string) => {
    const result = await onCluster(options, dataDir, ({ admin }) => queryTopic(admin, topic));
    if (out.json) out.result(result);
    else printTopic(result, out);
  });
}

export interface Topic {
  readonly topic: string;
  readonly queues: readonly {
    readonly broker: string;
    readonly queue: number;
    readonly min: number;
    readonly max: number;
    readonly last_stored_at: string | null;
  }[];
}

async function queryTopic(admin: Admin, topic: string): Promise<Topic> {
  const queues = await queuesOf(admin, topic);
  return {
    topic,
    queues: queues.map(({ broker, queue, min, max, lastStoredAt }) => ({
      broker,
      queue,
      min,
      max,
      last_stored_at: lastStoredAt === null ? null : new Date(lastStoredAt).toISOString(),
    })),
  };
}

/** Throws `CommandError` where there is no such topic. */
export async function queuesOf(admin: Admin, topic: string): Promise<readonly QueueStats[]> {
  const queues = await admin.topic(topic);
  if (queues !== null) return queues;
  throw new CommandError('failed', 'topic_not_found', `there is no topic ${topic}`);
}

function printTopic({ queues }: Topic, out: Output): void {
  const rows = queues.map((queue) => [
    queue.broker,
    String(queue.queue),
    countText(queue.min),
    countText(queue.max),
    countText(queue.max - queue.min),
    queue.last_stored_at === null ? '-' : timeText(queue.last_stored_at),
  ]);
  out.data(
    table(
      [
        { title: 'broker' },
        { title: 'queue', align: 'right' },
        { title: 'min', align: 'right' },
        { title: 'max', align: 'right' },
        { title: 'messages', align: 'right' },
        { title: 'last stored' },
      ],
      rows,
      out.style,
    ),
  );
}
