import type { Command } from 'commander';
import type { Admin } from '../../rocketmq/cluster.js';
import { systemTopics } from '../../rocketmq/system-topics.js';
import { leaf, perform } from '../leaf.js';
import { countText, timeText } from '../number-text.js';
import type { Output } from '../output.js';
import { table } from '../table.js';
import { onCluster, withClusterOptions, type TopicAccessOptions } from '../topic-access.js';

export function topicsList(): Command {
  const command = withClusterOptions(
    leaf('list', 'List the topics of a RocketMQ, with how much is in them', [
      'topics list',
      'topics list --nameserver 127.0.0.1:9876 --json',
    ]),
  ).option('--all', "show RocketMQ's own topics also");
  return perform<TopicAccessOptions & { readonly all?: true }>(command, async ({ options, out, dataDir }) => {
    const result = await onCluster(options, dataDir, ({ admin }) => queryTopics(admin, options.all === true));
    if (out.json) out.result(result);
    else printTopics(result, out);
  });
}

export interface Topics {
  readonly topics: readonly {
    readonly topic: string;
    readonly queues: number;
    /** In its queues now. */
    readonly messages: number;
    readonly last_stored_at: string | null;
  }[];
}

async function queryTopics(admin: Admin, all: boolean): Promise<Topics> {
  const system = all ? () => false : systemTopics(await admin.brokers());
  const names = [...(await admin.topics())].filter((name) => !system(name)).sort();
  const topics = [];
  for (const topic of names) {
    // One that was just deleted, or has no queues, holds nothing.
    const queues = (await admin.topic(topic)) ?? [];
    const last = Math.max(0, ...queues.map(({ lastStoredAt }) => lastStoredAt ?? 0));
    topics.push({
      topic,
      queues: queues.length,
      messages: queues.reduce((sum, { min, max }) => sum + max - min, 0),
      last_stored_at: last === 0 ? null : new Date(last).toISOString(),
    });
  }
  return { topics };
}

function printTopics({ topics }: Topics, out: Output): void {
  if (topics.length === 0) {
    out.talk('there are no topics');
    return;
  }
  const rows = topics.map(({ topic, queues, messages, last_stored_at }) => [
    topic,
    countText(queues),
    countText(messages),
    last_stored_at === null ? '-' : timeText(last_stored_at),
  ]);
  out.data(
    table(
      [
        { title: 'topic' },
        { title: 'queues', align: 'right' },
        { title: 'messages', align: 'right' },
        { title: 'last stored' },
      ],
      rows,
      out.style,
    ),
  );
}
