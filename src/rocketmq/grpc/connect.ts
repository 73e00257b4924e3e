import type { Admin, Cluster, Consumer, ConsumerOptions, Producer } from '../cluster.js';
import { credentialsOf } from '../credentials.js';
import { RocketmqError } from '../errors.js';
import { GrpcAdmin } from './admin.js';
import { hearConsole, loggerFor, type ClientLog } from './client-log.js';
import { GrpcConsumer } from './consumer.js';
import { GrpcProducer } from './producer.js';
import { parseProxyAddress } from './proxy-address.js';
import { ProducerSession, type SessionOptions } from './session.js';

export interface GrpcClusterOptions {
  /** Proxies, `host:port`, IPv6 in brackets; any one of them that answers will do. */
  readonly endpoints: readonly string[];
  readonly accessKey?: string | undefined;
  readonly secretKey?: string | undefined;
  readonly namespace?: string | undefined;
  readonly tls?: boolean | undefined;
  readonly requestTimeoutMs?: number | undefined;
  /** Gets what the official client says, a line a call; without it, nobody does. */
  readonly clientLog?: ClientLog | undefined;
  /** The same cluster over the wire protocol: for what a proxy does not serve. Closed with this one. */
  readonly beside?: Cluster | undefined;
}

const defaultRequestTimeoutMs = 10_000;
/** A topic nobody has: any answer about it shows that the proxy answers. */
const nobodysTopic = 'rmq-connect-is-anybody-there';

/**
 * A cluster behind its proxies, over gRPC with the official client. Nothing is sent before the first use.
 * Throws `invalid` for addresses that are none.
 */
export function connectGrpcCluster(options: GrpcClusterOptions): Cluster {
  return new GrpcCluster(options);
}

class GrpcCluster implements Cluster {
  readonly address: string;
  readonly admin: Admin;
  readonly #options: SessionOptions;
  readonly #beside: Cluster | undefined;
  readonly #deaf: () => void;
  readonly #opened = new Set<{ close(): Promise<void> }>();
  #session: Promise<ProducerSession> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: GrpcClusterOptions) {
    const { endpoints, namespace = '', tls = false, requestTimeoutMs = defaultRequestTimeoutMs } = options;
    if (endpoints.length === 0) throw new RocketmqError('invalid', 'no proxy is given');
    for (const endpoint of endpoints) parseProxyAddress(endpoint);
    this.address = endpoints.join(';');
    this.#options = {
      endpoints,
      namespace,
      tls,
      requestTimeoutMs,
      credentials: credentialsOf(options),
      logger: loggerFor(options.clientLog),
    };
    this.#deaf = options.clientLog === undefined ? () => undefined : hearConsole(options.clientLog);
    this.#beside = options.beside;
    this.admin = options.beside?.admin ?? new GrpcAdmin(() => this.#open(), this.address);
  }

  async check(): Promise<void> {
    const session = await this.#open();
    try {
      await session.route(nobodysTopic);
    } catch (error) {
      if (!(error instanceof RocketmqError)) throw error;
      if (error.code === 'denied') throw refused(error, this.address);
      if (error.code !== 'topic_not_found') throw error;
    }
  }

  /** The group means nothing to a proxy, which knows producers by their topics. */
  producer(): Producer {
    this.#checkOpen();
    const { requestTimeoutMs } = this.#options;
    return new GrpcProducer(() => this.#open(), { requestTimeoutMs, made: this.#beside !== undefined });
  }

  async consumer(
    group: string,
    topics: readonly string[],
    { leftBehind = false }: ConsumerOptions = {},
  ): Promise<Consumer> {
    this.#checkOpen();
    await this.#beside?.admin.createGroup(group);
    const consumer = await GrpcConsumer.open(this.#options, group, topics, {
      made: this.#beside !== undefined,
      leftBehind,
      onClose: () => this.#opened.delete(consumer),
    });
    this.#opened.add(consumer);
    // Closed meanwhile: nobody else would close what was opened after that.
    if (this.#closing !== undefined) await consumer.close();
    this.#checkOpen();
    return consumer;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#opened].map((opened) => opened.close()));
    const session = await this.#session?.catch(() => undefined);
    await session?.shutdown();
    this.#deaf();
    await this.#beside?.close();
  }

  #open(): Promise<ProducerSession> {
    this.#checkOpen();
    this.#session ??= startSession(this.#options).catch((error: unknown) => {
      this.#session = undefined;
      throw error;
    });
    return this.#session;
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new RocketmqError('closed', 'the RocketMQ client is closed');
  }
}

function refused(cause: RocketmqError, address: string): RocketmqError {
  const why = cause.message.replace(`topic ${nobodysTopic}: `, '');
  const message = `the proxy at ${address} refuses access, are access_key and secret_key right? ${why}`;
  return new RocketmqError('denied', message, { cause, address });
}

async function startSession(options: SessionOptions): Promise<ProducerSession> {
  const session = new ProducerSession(options);
  await session.startup();
  return session;
}
