import type { Redis } from 'ioredis';
import { KeptOpen, maskedUrl, tlsOptions, type ConnectorContext } from '../../src/sdk/index.js';
import { redisError } from './errors.js';
import type { RedisSourceConfig } from './spec.js';

export type Connection = Pick<RedisSourceConfig, 'url' | 'tls' | 'timeout_ms'>;

/** A reply of Redis with its texts as bytes. */
export type Reply = null | number | Buffer | readonly Reply[];

/** One connection, made when it is needed, and again after it broke. What is under way then fails. */
export class Link {
  readonly where: string;
  readonly #connection: Connection;
  readonly #baseDir: string;
  /** Connections that nobody is to use any more, though they look open. */
  readonly #left = new WeakSet<Redis>();
  readonly #client = new KeptOpen<Redis>({
    open: () => this.#open(),
    isOpen: (client) => client.status === 'ready' && !this.#left.has(client),
    end: (client) => {
      client.disconnect();
    },
  });

  constructor(connection: Connection, { baseDir }: Pick<ConnectorContext, 'baseDir'>) {
    this.#connection = connection;
    this.#baseDir = baseDir;
    this.where = maskedUrl(connection.url);
  }

  client(): Promise<Redis> {
    return this.#client.get();
  }

  /** One command, its reply as bytes. */
  async call(command: string, ...args: readonly (string | number | Buffer)[]): Promise<Reply> {
    const client = await this.client();
    try {
      return (await client.callBuffer(command, ...args)) as Reply;
    } catch (error) {
      this.#leaveUnlessAnswered(client, error);
      throw redisError(error, this.where, command);
    }
  }

  /** Many commands at once, in order: a reply or an error for each. */
  async pipeline(commands: readonly Command[]): Promise<readonly (readonly [Error | null, unknown])[]> {
    const client = await this.client();
    const pipeline = client.pipeline();
    for (const [command, ...args] of commands) pipeline.callBuffer(command, ...args);
    try {
      const replies = (await pipeline.exec()) ?? [];
      for (const [error] of replies) if (error !== null) this.#leaveUnlessAnswered(client, error);
      return replies;
    } catch (error) {
      throw redisError(error, this.where, commands[0]?.[0] ?? '');
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /**
   * Where no answer came the server may have vanished without a word, and a replica answers the same as long as it is
   * asked, also when another server has its name by now: whoever asks next gets a new connection.
   */
  #leaveUnlessAnswered(client: Redis, error: unknown): void {
    const isAnswer = error instanceof Error && error.name === 'ReplyError';
    if (isAnswer && !error.message.startsWith('READONLY')) return;
    this.#left.add(client);
    client.disconnect();
    client.stream.destroy();
  }

  async #open(): Promise<Redis> {
    const { url, tls, timeout_ms } = this.#connection;
    const { Redis } = await import('ioredis');
    const secure = tls === undefined ? {} : { tls: await tlsOptions(tls, this.#baseDir) };
    const client = new Redis(url, {
      ...secure,
      lazyConnect: true,
      connectTimeout: timeout_ms,
      commandTimeout: timeout_ms,
      // Who only listens to channels asks nothing: else a server that vanished would be noticed after two hours.
      keepAlive: 10_000,
      // Whoever uses it decides what to do again: nothing is repeated behind their back.
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      protocol: 2,
    });
    let last: unknown;
    client.on('error', (error: unknown) => {
      last = error;
    });
    // The client bounds how long a connection takes, and not how long Redis takes to greet.
    const late = setTimeout(() => {
      last = new Error(`connect ETIMEDOUT: no answer for ${timeout_ms} ms`);
      client.disconnect();
      // There is none before it has begun to connect; what does not answer does not hang up either.
      (client.stream as typeof client.stream | undefined)?.destroy();
    }, timeout_ms);
    try {
      await client.connect();
      return client;
    } catch (error) {
      client.disconnect();
      throw redisError(last ?? error, this.where, 'connect');
    } finally {
      clearTimeout(late);
    }
  }
}

export type Command = readonly [name: string, ...args: (string | number | Buffer)[]];
