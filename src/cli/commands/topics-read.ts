import { InvalidArgumentError, type Command } from 'commander';
import type { Admin, StoredMessage } from '../../rocketmq/cluster.js';
import { bodyJson, bodyText } from '../body-text.js';
import { leaf, perform } from '../leaf.js';
import { plural, timeText } from '../number-text.js';
import { wholeNumberOption } from '../option-values.js';
import type { Output } from '../output.js';
import { onCluster, withClusterOptions, type TopicAccessOptions } from '../topic-access.js';
import { readMessages, type ReadFrom } from '../topic-reading.js';
import { queuesOf } from './topics-show.js';

interface ReadOptions extends TopicAccessOptions {
  readonly limit: number;
  readonly from: ReadFrom;
  readonly queue?: number;
}

export function topicsRead(): Command {
  const command = withClusterOptions(
    leaf('read', 'Read some messages of a topic; no consumer group is touched', [
      'topics read access-log --limit 3',
      'topics read access-log --from latest --json',
      'topics read access-log --from 2026-01-31T12:00:00Z',
    ]),
  )
    .argument('<topic>', 'the topic')
    .option('--limit <count>', 'the most messages', wholeNumberOption, 10)
    .option('--from <place>', 'earliest, latest (the last ones), or a time', fromOption, 'earliest')
    .option('--queue <number>', 'only the queues with this number', wholeNumberOption);
  return perform<ReadOptions>(command, async ({ options, out, dataDir }, topic: string) => {
    const messages = await onCluster(options, dataDir, ({ admin }) => queryMessages(admin, topic, options));
    if (out.json) out.result({ messages: messages.map(messageJson) });
    else printMessages(messages, out);
  });
}

async function queryMessages(
  admin: Admin,
  topic: string,
  { queue, from, limit }: Pick<ReadOptions, 'queue' | 'from' | 'limit'>,
): Promise<readonly StoredMessage[]> {
  const queues = await queuesOf(admin, topic);
  const wanted = queue === undefined ? queues : queues.filter((stats) => stats.queue === queue);
  return readMessages(admin, wanted, from, limit);
}

function fromOption(text: string): ReadFrom {
  if (text === 'earliest' || text === 'latest') return text;
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) {
    throw new InvalidArgumentError('It is earliest, latest, or a time such as 2026-01-31T12:00:00Z.');
  }
  return time;
}

/** A message for scripts. */
function messageJson(message: StoredMessage): object {
  const { topic, broker, queue, offset, id, key, tag, properties, bornAt, storedAt, body } = message;
  return {
    topic,
    broker,
    queue,
    offset,
    id,
    key: key ?? null,
    tag: tag ?? null,
    properties,
    born_at: new Date(bornAt).toISOString(),
    stored_at: new Date(storedAt).toISOString(),
    ...bodyJson(body),
  };
}

function printMessages(messages: readonly StoredMessage[], out: Output): void {
  for (const message of messages) {
    const { broker, queue, offset, key, tag, storedAt, body } = message;
    const marks = [
      key === undefined ? '' : ` key=${key}`,
      tag === undefined ? '' : ` tag=${tag}`,
      ...Object.entries(message.properties).map(([name, value]) => ` ${name}=${value}`),
    ];
    const place = `${broker}/${String(queue)}@${String(offset)}`;
    out.data(`${out.style.dim(`${place} ${timeText(storedAt)}${marks.join('')}`)}  ${bodyText(body)}`);
  }
  out.talk(out.talkStyle.dim(messages.length === 0 ? 'no messages' : plural(messages.length, 'message')));
}
