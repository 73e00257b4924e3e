import type { ConfirmChannel, Options } from 'amqplib';
import {
  ConnectorError,
  errorText,
  headersWithKey,
  PartlyWritten,
  recordId,
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
  readonly record: SinkRecord;
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
  readonly #taken = new PartlyWritten();
  #open: Open | null = null;

  constructor(config: RabbitSinkConfig, context: SinkContext) {
    this.#config = config;
    this.#context = context;
  }

  async write(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { made, refused } = recordsMade(records, (record) => outgoing(record, this.#config));
    const open = await this.#channel();
    let unkept: readonly Outgoing[];
    try {
      const messages = made
        .map(({ made: message }) => message)
        .filter(({ record }) => !this.#taken.has(record));
      if (this.#config.declare) await this.#declare(open, messages);
      unkept = await this.#publish(open, messages);
      if (this.#config.declare && open.returned.size > 0)
        unkept = [...unkept, ...(await this.#publishAgain(open, messages))];
      if (unkept.length > 0) this.#keepInMind(messages, unkept, open.returned);
    } catch (error) {
      this.#taken.clear();
      await this.close();
      throw rabbitError(error, open.link.where, 'publish');
    }
    if (unkept.length > 0) {
      open.returned.clear();
      const error = new Error(`${unkept.length} of ${made.length} messages were nacked`);
      throw rabbitError(error, open.link.where, 'publish');
    }
    this.#taken.clear();
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

  /** A queue that is full takes some of a batch, and those behind it only when there is room again. */
  #keepInMind(
    messages: readonly Outgoing[],
    unkept: readonly Outgoing[],
    returned: ReadonlySet<string>,
  ): void {
    const without = new Set(unkept);
    const first = messages.findIndex((message) => without.has(message));
    const before = messages.slice(0, first).filter(({ options }) => !returned.has(options.messageId));
    this.#taken.add(before.map(({ record }) => record));
  }

  async #declare({ channel, lost, declared }: Open, messages: readonly Outgoing[]): Promise<void> {
    for (const queue of new Set(messages.map(({ routingKey }) => routingKey))) {
      if (declared.has(queue)) continue;
      await this.#answered(Promise.race([channel.assertQueue(queue, { durable: true }), lost]));
      declared.add(queue);
    }
  }

  /** Resolves when RabbitMQ has answered all, with those it does not keep. What no queue takes is returned before. */
  async #publish({ channel, lost }: Open, messages: readonly Outgoing[]): Promise<readonly Outgoing[]> {
    const { exchange } = this.#config;
    const unkept: Outgoing[] = [];
    const answers = messages.map(
      (message) =>
        new Promise<void>((resolve) => {
          const { routingKey, body, options } = message;
          channel.publish(exchange, routingKey, body, options, (error: unknown) => {
            const isKept = error === null;
            // Where the channel is gone, `lost` says why.
            if (!isKept && !errorText(error).includes('nacked')) return;
            if (!isKept) unkept.push(message);
            resolve();
          });
        }),
    );
    await this.#answered(Promise.race([lost, Promise.all(answers)]));
    return unkept;
  }

  /** Queues that were there are gone: no record is to blame for that. */
  async #publishAgain(open: Open, messages: readonly Outgoing[]): Promise<readonly Outgoing[]> {
    const again = messages.filter(({ options }) => open.returned.has(options.messageId));
    for (const { routingKey } of again) open.declared.delete(routingKey);
    open.returned.clear();
    await this.#declare(open, again);
    return this.#publish(open, again);
  }

  #answered<T>(asked: Promise<T>): Promise<T> {
    const { timeout_ms: timeoutMs } = this.#config;
    const late = `nothing was confirmed for ${timeoutMs} ms; is RabbitMQ short of memory or disk?`;
    return within(timeoutMs, late, asked);
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
  const { value } = record;
  const routingKey = config.routing_key.text(record);
  if (Buffer.byteLength(routingKey) > 255) {
    throw new ConnectorError(
      'bad_data',
      `the routing key has more than 255 bytes: ${routingKey.slice(0, 40)}…`,
    );
  }
  return {
    record,
    routingKey,
    body: value === null ? Buffer.alloc(0) : record.body,
    options: {
      persistent: config.persistent,
      mandatory: config.unroutable === 'refuse',
      // The same whenever the record is written: whoever reads can tell repetitions by it.
      messageId: recordId(record),
      headers: headersWithKey(record),
    },
  };
}
