import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Admin,
  Cluster,
  ClusterOptions,
  Consumer,
  Producer,
  Queue,
  QueueReader,
  ReaderOptions,
} from '../cluster.js';
import type { ClientCounts } from '../client-counts.js';
import { credentialsOf } from '../credentials.js';
import { RocketmqError } from '../errors.js';
import { WireAdmin } from './admin.js';
import { parseAddress } from './connection.js';
import { Connections } from './connections.js';
import { openReader } from './open-reader.js';
import { WireConsumer } from './consumer.js';
import { checkGroupName } from './names.js';
import { Members } from './members.js';
import { NameServers } from './name-servers.js';
import { WireProducer } from './producer.js';
import { queryOnlineGroup } from './requests/online-group.js';
import { Routes } from './routes.js';
import { SpareBuffers } from './spare-buffers.js';
import { subscriptionTrouble } from './subscriptions.js';

const connectTimeoutMs = 3_000;
const secondLookMs = 200;
const defaultRequestTimeoutMs = 10_000;
/** NOTIFY_CONSUMER_IDS_CHANGED, broker to client, one-way. Field: consumerGroup. (broker.client.net.Broker2Client) */
const notifyMembersChanged = 40;
/** Servers close what is idle for 120 s. */
const idleMs = 60_000;

/**
 * A cluster behind its name servers, over RocketMQ's own remoting protocol. Nothing is sent before the
 * first use. Throws `invalid` for addresses that are none.
 */
export function connectCluster(options: ClusterOptions): Cluster {
  return new WireCluster(options);
}

class WireCluster implements Cluster {
  readonly address: string;
  readonly admin: Admin;
  readonly #connections: Connections;
  readonly #routes: Routes;
  readonly #members: Members;
  readonly #spare = new SpareBuffers();
  readonly #readers = new Set<QueueReader>();
  readonly #opened = new Set<{ close(): Promise<void> }>();
  #lastAddresses: readonly string[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: ClusterOptions) {
    const { nameservers, addressMap = {}, requestTimeoutMs = defaultRequestTimeoutMs } = options;
    if (nameservers.length === 0) throw new RocketmqError('invalid', 'no name server is given');
    for (const address of [...nameservers, ...Object.values(addressMap)]) parseAddress(address);
    this.address = nameservers.join(';');
    this.#connections = new Connections(
      {
        connectTimeoutMs,
        requestTimeoutMs,
        idleMs,
        credentials: credentialsOf(options),
        onServerRequest: (code, { consumerGroup }) => {
          if (code === notifyMembersChanged && consumerGroup !== undefined)
            this.#members.changed(consumerGroup);
        },
      },
      (address) => {
        this.#members.reconnected(address);
      },
    );
    const nameServers = new NameServers(nameservers, this.#connections);
    this.#routes = new Routes(nameServers.ask, this.#connections, addressMap);
    this.admin = new WireAdmin(nameServers, this.#routes);
    this.#members = new Members({
      addresses: () => this.#masterAddresses(),
      ask: (address) => this.#connections.to(address),
    });
  }

  get counts(): ClientCounts {
    return this.#connections.counts;
  }

  async check(): Promise<void> {
    if ((await this.admin.brokers()).length > 0) return;
    throw new RocketmqError('unreachable', 'the name server answers, but knows no broker');
  }

  producer(group: string): Producer {
    this.#checkOpen();
    checkGroupName(group);
    const producer = new WireProducer({
      group,
      routes: this.#routes,
      members: this.#members,
      admin: this.admin,
      connections: this.#connections,
      spare: this.#spare,
      onClose: () => this.#opened.delete(producer),
    });
    this.#opened.add(producer);
    return producer;
  }

  async consumer(group: string, topics: readonly string[]): Promise<Consumer> {
    this.#checkOpen();
    await this.admin.createGroup(group);
    const subscribed = [...topics];
    await this.#checkSubscription(group, subscribed);
    await this.#members.joinAsConsumer(group, subscribed);
    const consumer = new WireConsumer({
      group,
      topics: subscribed,
      routes: this.#routes,
      members: this.#members,
      onClose: () => this.#opened.delete(consumer),
    });
    this.#opened.add(consumer);
    // Closed meanwhile: nobody else would close what was opened after that.
    if (this.#closing !== undefined) await consumer.close();
    this.#checkOpen();
    return consumer;
  }

  readonly rawReader = (group: string, queue: Queue, offset: number, options: ReaderOptions): QueueReader => {
    this.#checkOpen();
    checkGroupName(group);
    const reader = openReader(this.#routes, group, queue, offset, {
      ...options,
      asStored: true,
      onClose: () => this.#readers.delete(reader),
    });
    this.#readers.add(reader);
    return reader;
  };

  /** Looks twice: a broker takes in the topics of a heartbeat one by one. */
  async #checkSubscription(group: string, topics: readonly string[]): Promise<void> {
    if ((await this.#subscriptionTrouble(group, topics)) === null) return;
    await sleep(secondLookMs);
    const trouble = await this.#subscriptionTrouble(group, topics);
    if (trouble === null) return;
    throw new RocketmqError('invalid', `${trouble}; all members of a group must subscribe to the same`);
  }

  async #subscriptionTrouble(group: string, topics: readonly string[]): Promise<string | null> {
    const masters = await this.admin.brokers();
    const known = await Promise.all(
      masters.map(({ address }) => queryOnlineGroup(this.#routes.master(address), group)),
    );
    const troubles = known.map((online) =>
      online === null || online.members.every((id) => id === this.#members.clientId)
        ? null
        : subscriptionTrouble(group, topics, online),
    );
    return troubles.find((trouble) => trouble !== null) ?? null;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const reader of this.#readers) reader.close();
    await Promise.all([...this.#opened].map((opened) => opened.close()));
    this.#members.stop();
    await this.#connections.close();
  }

  /** Those known last, while no name server answers: brokers forget who is silent. */
  async #masterAddresses(): Promise<readonly string[]> {
    try {
      const brokers = await this.admin.brokers();
      this.#lastAddresses = brokers.map(({ address }) => this.#routes.reachable(address));
    } catch (error) {
      if (this.#lastAddresses.length === 0) throw error;
    }
    return this.#lastAddresses;
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new RocketmqError('closed', 'the RocketMQ client is closed');
  }
}
