import type { Channel } from 'amqplib';
import {
  fine,
  problem,
  textsByTopic,
  type Finding,
  type Findings,
  type InspectContext,
  type SinkInspectContext,
} from '../../src/sdk/index.js';
import { rabbitError } from './errors.js';
import { openLink, type Connection, type Link } from './link.js';
import type { RabbitSinkConfig, RabbitSourceConfig } from './spec.js';

export async function* inspectSource(config: RabbitSourceConfig, context: InspectContext): Findings {
  yield* connected(config, context, async function* (link) {
    yield await queueFinding(link, config.queue, config.declare);
    yield fine('whether it may read, RabbitMQ tells only when it does');
  });
}

export async function* inspectSink(config: RabbitSinkConfig, context: SinkInspectContext): Findings {
  yield* connected(config, context, async function* (link) {
    const { exchange } = config;
    if (exchange !== '') {
      yield (await isThere(link, `exchange ${exchange}`, (channel) => channel.checkExchange(exchange)))
        ? fine(`exchange ${exchange} is there`)
        : problem(
            `there is no exchange ${exchange}`,
            `rabbitmqadmin declare exchange name=${exchange} type=topic`,
          );
    } else {
      const queues = textsByTopic(config.routing_key, context.topics);
      if (queues === null) yield fine('the records decide the queues: they are not looked for');
      for (const queue of queues ?? []) yield await queueFinding(link, queue, config.declare);
    }
    yield fine('whether it may write, RabbitMQ tells only when it does');
  });
}

async function* connected(
  config: Connection,
  context: InspectContext,
  look: (link: Link) => Findings,
): Findings {
  const link = await openLink(
    { ...config, timeout_ms: Math.min(config.timeout_ms, context.timeoutMs) },
    context,
  );
  try {
    const { version } = link.connection.connection.serverProperties;
    yield fine(`connected to ${link.where} (RabbitMQ ${version})`);
    yield* look(link);
  } finally {
    await link.close();
  }
}

async function queueFinding(link: Link, queue: string, declare: boolean): Promise<Finding> {
  if (await isThere(link, `queue ${queue}`, (channel) => channel.checkQueue(queue)))
    return fine(`queue ${queue} is there`);
  if (declare) return fine(`queue ${queue} is not there yet; it is made, durable, when it is needed`);
  return problem(
    `there is no queue ${queue}`,
    `set declare: true, or rabbitmqadmin declare queue name=${queue} durable=true`,
  );
}

/** RabbitMQ closes a channel over which something was asked for that is not there: each question has its own. */
async function isThere(
  link: Link,
  what: string,
  ask: (channel: Channel) => Promise<unknown>,
): Promise<boolean> {
  try {
    const channel = await link.connection.createChannel();
    // What it says is what the call rejects with.
    channel.on('error', () => undefined);
    await ask(channel);
    await channel.close();
    return true;
  } catch (error) {
    const its = rabbitError(error, link.where, what);
    if (its.code === 'not_found') return false;
    throw its;
  }
}
