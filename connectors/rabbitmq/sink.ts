import type { ConfirmChannel, Options } from 'amqplib';
import {
  ConnectorError,
  headersWithKey,
  recordsMade,
  throwRefused,
  within,
  type SinkContext,
  type SinkPlugin,
  type SinkRecord,
  type SinkTask,
} from '../../src/sdk/index.js';
import { rabbitError } from './errors.js';
import { inspectSink } from './inspect.js';
import { openLink, type Link } from './link.js';
import { sinkSpec, type RabbitSinkConfig } from './spec.js';

export const sink: SinkPlugin<RabbitSinkConfig> = {
  kind: 'sink',
  spec: sinkSpec,
  inspect: inspectSink,
  start: async (config, context) => {
    const { channel, link } = await openChannel(config, context);
    try {
      if (config.exchange !== '') await channel.checkExchange(config.exchange);
    } catch (error) {
      throw rabbitError(error, link.where, `exchange ${config.exchange}`);
    } finally {
      await link.close();
    }
    return {
      open: () => {
        const writer = new Writer(config, context);
        const task: SinkTask = {
          write: (records, signal) => writer.write(records, signal),
          close: () => writer.close(),
        };
        return Promise.resolve(task);
      },
      close: () => Promise.resolve(),
    };
  },
};

interface Open {
  readonly link: Link;
  readonly channel: ConfirmChannel;
  /** Rejects when the channel can be used no more. */
  readonly lost: Promise<never>;
  /** Queues that are there. */
  readonly declared: Set<string>;
  /** Ids of messages that no queue has taken, since the last batch. */
  readonly returned: Set<string>;
}

interface Outgoing {
  readonly routingKey: string;
  readonly body: Buffer;
  readonly options: Options.Publish & { readonly messageId: string };
}

async function openChannel(config: RabbitSinkConfig, context: SinkContext): Promise<Open> {
  const link = await openLink(config, context);
  try {
    const channel = await link.connection.createConfirmChannel();
    const broken = new Promise<never>((_resolve, reject) => {
      channel.on('error', (error) => {
        reject(rabbitError(error, link.where, 'publish'));
      });
    });
    const lost = Promise.race([broken, link.lost]);
    lost.catch(() => undefined);
    const returned = new Set<string>();
    channel.on('return', ({ properties }) => {
      returned.add(String(properties.messageId));
    });
    return { link, channel, lost, declared: new Set(), returned };
  } catch (error) {
    await link.close();
    throw rabbitError(error, link.where, 'open a channel');
  }
}

class Writer {
  readonly #config: RabbitSinkConfig;
  readonly #context: SinkContext;
  #open: Open | null = null;

  constructor(config: RabbitSinkConfig, context: SinkContext) {
    this.#config = config;
    this.#context = context;
  }

  async write(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { made, refused } = recordsMade(records, (record) => outgoing(record, this.#config));
    const open = await this.#channel();
    try {
      const messages = made.map(({ made: message }) => message);
      if (this.#config.declare) await this.#declare(open, messages);
      await this.#publish(open, messages);
    } catch (error) {
      await this.close();
      throw rabbitError(error, open.link.where, 'publish');
    }
    for (const { index, made: message } of made) {
      if (open.returned.has(message.options.messageId))
        refused.set(index, this.#unrouted(message.routingKey));
    }
    open.returned.clear();
    throwRefused(refused);
  }

  async close(): Promise<void> {
    if (this.#open !== null) await this.#end(this.#open);
  }

  async #end(open: Open): Promise<void> {
    if (this.#open === open) this.#open = null;
    await open.link.close();
  }

  async #channel(): Promise<Open> {
    if (this.#open !== null) return this.#open;
    const open = await openChannel(this.#config, this.#context);
    this.#open = open;
    // A connection may outlive its channel.
    open.lost.catch(() => this.#end(open));
    return open;
  }

  async #declare({ channel, lost, declared }: Open, messages: readonly Outgoing[]): Promise<void> {
    for (const queue of new Set(messages.map(({ routingKey }) => routingKey))) {
      if (declared.has(queue)) continue;
      await Promise.race([channel.assertQueue(queue, { durable: true }), lost]);
      declared.add(queue);
    }
  }

  /** Resolves when RabbitMQ has confirmed all. What no queue takes is returned before it is confirmed. */
  async #publish({ channel, lost }: Open, messages: readonly Outgoing[]): Promise<void> {
    const { exchange, timeout_ms: timeoutMs } = this.#config;
    for (const { routingKey, body, options } of messages)
      channel.publish(exchange, routingKey, body, options);
    await within(
      timeoutMs,
      `nothing was confirmed for ${timeoutMs} ms; is RabbitMQ short of memory or disk?`,
      Promise.race([channel.waitForConfirms(), lost]),
    );
  }

  #unrouted(routingKey: string): ConnectorError {
    const { exchange } = this.#config;
    const where = exchange === '' ? '' : ` of exchange ${exchange}`;
    return new ConnectorError('bad_data', `no queue takes the routing key ${routingKey}${where}`, {
      hint: 'bind a queue, set declare: true for the default exchange, or unroutable: drop',
    });
  }
}

function outgoing(record: SinkRecord, config: RabbitSinkConfig): Outgoing {
  const { topic, broker, queue, offset, value } = record;
  const routingKey = config.routing_key.text(record);
  if (Buffer.byteLength(routingKey) > 255) {
    throw new ConnectorError(
      'bad_data',
      `the routing key has more than 255 bytes: ${routingKey.slice(0, 40)}…`,
    );
  }
  return {
    routingKey,
    body: value === null ? Buffer.alloc(0) : record.body,
    options: {
      persistent: config.persistent,
      mandatory: config.unroutable === 'refuse',
      // The same whenever the record is written: whoever reads can tell repetitions by it.
      messageId: [topic, broker, queue, offset].join('/'),
      headers: headersWithKey(record),
    },
  };
}
