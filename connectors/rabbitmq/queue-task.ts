import type { Channel, ConsumeMessage } from 'amqplib';
import {
  Arrivals,
  keyAndHeaders,
  sharedPartition,
  Unsettled,
  within,
  type ConnectorContext,
  type Content,
  type SourceTask,
} from '../../src/sdk/index.js';
import { rabbitError } from './errors.js';
import type { Link } from './link.js';
import type { RabbitSourceConfig } from './spec.js';

const batchRecords = 1_000;
/** With --once: others take from the queue as well, and what we waited for went to them. */
const idleMs = 2_000;

/** Messages of a queue; acknowledged when they are stored, given back when the task ends before. */
export async function readQueue(
  link: Link,
  config: RabbitSourceConfig,
  part: number,
  { once }: ConnectorContext,
): Promise<SourceTask> {
  const { queue, prefetch } = config;
  const arrivals = new Arrivals<ConsumeMessage>();
  const unsettled = new Unsettled<ConsumeMessage>();
  const { channel, waiting } = await declared(link, config);
  const failed = (error: unknown): void => {
    arrivals.fail(rabbitError(error, link.where, `queue ${queue}`));
  };
  let isOpen = true;
  channel.on('error', failed);
  channel.once('close', () => {
    isOpen = false;
  });
  link.lost.catch(failed);
  const arrived = (message: ConsumeMessage | null): void => {
    if (message === null) failed(new Error('NOT_FOUND: the queue was deleted'));
    else arrivals.push(message);
  };
  let left = once ? waiting : Infinity;
  try {
    await channel.prefetch(prefetch);
    await channel.consume(queue, arrived);
  } catch (error) {
    throw rabbitError(error, link.where, `queue ${queue}`);
  }
  return {
    read: async (signal) => {
      if (left <= 0) return null;
      const most = Math.min(batchRecords, left);
      const messages = await arrivals.take(most, signal, once ? idleMs : undefined);
      if (messages === null) return null;
      left -= messages.length;
      const records = messages.map((message) => ({
        ...contentOf(message),
        position: unsettled.add(message),
      }));
      return { partition: sharedPartition(queue, part), records };
    },
    committed: (_partition, position) => {
      // Tags are counted by channel, and all of this one were handed out in order. When it is gone they come again.
      const last = unsettled.upTo(position).at(-1);
      if (last !== undefined && isOpen) channel.ack(last, true);
      return Promise.resolve();
    },
    // The channel first: what was acknowledged is sent before. What was not goes back to its place in the queue.
    close: async () => {
      await within(config.timeout_ms, 'no answer', channel.close()).catch(() => undefined);
      await link.close();
    },
  };
}

/** The queue, made if need be, and how many messages nobody was given yet. */
export async function declared(
  { connection, where }: Link,
  { queue, declare }: Pick<RabbitSourceConfig, 'queue' | 'declare'>,
): Promise<{ readonly channel: Channel; readonly waiting: number }> {
  try {
    const channel = await connection.createChannel();
    // What it says is what the call rejects with.
    channel.on('error', () => undefined);
    const { messageCount: waiting } = declare
      ? await channel.assertQueue(queue, { durable: true })
      : await channel.checkQueue(queue);
    return { channel, waiting };
  } catch (error) {
    throw rabbitError(error, where, `queue ${queue}`);
  }
}

/** Properties that others may go by, and the headers; what is no text in them is JSON. */
function contentOf({ content, fields, properties }: ConsumeMessage): Content {
  const origin: Record<string, string> = {
    'rabbitmq.exchange': fields.exchange,
    'rabbitmq.routing_key': fields.routingKey,
  };
  const own: Readonly<Record<string, unknown>> = {
    message_id: properties.messageId,
    correlation_id: properties.correlationId,
    content_type: properties.contentType,
  };
  for (const [name, value] of Object.entries(own)) {
    if (typeof value === 'string') origin[`rabbitmq.${name}`] = value;
  }
  const table: Readonly<Record<string, unknown>> = properties.headers ?? {};
  const given = Object.entries(table).map(
    ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
  );
  return { value: content, ...keyAndHeaders(given, origin) };
}
