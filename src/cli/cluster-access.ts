import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerLog } from '../broker/broker-log.js';
import type { ClusterDefinition } from '../job/definition.js';
import type { Cluster, ClusterOptions } from '../rocketmq/cluster.js';
import { RocketmqError } from '../rocketmq/errors.js';
import { isProcessAlive, LockedError, type DataDir } from '../store/index.js';
import { allInTurn } from '../worker/in-turn.js';

/** How long to wait for another command that just holds the embedded broker's store, in ms. */
const storeWaitMs = 10_000;
const storeRetryMs = 200;
/** Of a command that looks: somebody waits for it. */
const lookTimeoutMs = 5_000;

export interface ClusterAccessOptions {
  readonly brokerLog?: BrokerLog;
  /** Write where the embedded broker listens to the data directory, for other commands. */
  readonly announce?: boolean;
  /** Gets what the official gRPC client says; else nobody does. */
  readonly clientLog?: (line: string) => void;
  /** How long brokers may take for an answer. */
  readonly requestTimeoutMs?: number;
}

/**
 * Opens the clusters of jobs, each one once. The embedded broker is the one that already runs on the
 * data directory, or else is started in this process. `close` ends all that was opened.
 */
export class ClusterAccess {
  readonly #dataDir: DataDir;
  readonly #options: ClusterAccessOptions;
  readonly #requestTimeoutMs: number;
  readonly #clusters = new Map<string, Promise<Cluster>>();
  #embedded: { close(): Promise<void> } | null = null;

  constructor(dataDir: DataDir, options: ClusterAccessOptions = {}) {
    this.#dataDir = dataDir;
    this.#options = options;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? lookTimeoutMs;
  }

  /** A cluster that may not answer: nothing was asked of it yet. */
  open(definition: ClusterDefinition): Promise<Cluster> {
    const key = JSON.stringify(definition);
    const known = this.#clusters.get(key);
    if (known !== undefined) return known;
    const opening = definition.kind === 'embedded' ? this.#openEmbedded() : this.#connect(definition);
    this.#clusters.set(key, opening);
    // A failure is told to whoever awaits it; the next one may try again.
    opening.catch(() => this.#clusters.delete(key));
    return opening;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const clusters = await Promise.allSettled(this.#clusters.values());
    this.#clusters.clear();
    const open = clusters.flatMap((cluster) => (cluster.status === 'fulfilled' ? [cluster.value] : []));
    const embedded = this.#embedded;
    this.#embedded = null;
    await allInTurn(
      ...open.map((cluster) => () => cluster.close()),
      () => embedded !== null && this.#options.announce === true && withdrawBroker(this.#dataDir),
      () => embedded?.close(),
    );
  }

  async #connect(definition: Exclude<ClusterDefinition, { kind: 'embedded' }>): Promise<Cluster> {
    const requestTimeoutMs = this.#requestTimeoutMs;
    if (definition.kind === 'nameserver') return connect({ ...definition, requestTimeoutMs });
    const { connectGrpcCluster } = await import('../rocketmq/grpc/connect.js');
    const { nameservers } = definition;
    const beside =
      nameservers === null ? undefined : await connect({ ...definition, nameservers, requestTimeoutMs });
    const { clientLog } = this.#options;
    return connectGrpcCluster({ ...definition, beside, requestTimeoutMs, clientLog });
  }

  async #openEmbedded(): Promise<Cluster> {
    const deadline = performance.now() + storeWaitMs;
    for (;;) {
      const running = await runningBroker(this.#dataDir, this.#requestTimeoutMs);
      if (running !== null) return running;
      try {
        return await this.#startEmbedded();
      } catch (error) {
        if (!(error instanceof LockedError) || performance.now() > deadline) throw error;
      }
      await sleep(storeRetryMs);
    }
  }

  async #startEmbedded(): Promise<Cluster> {
    const { startEmbeddedBroker } = await import('../broker/embedded-broker.js');
    const log = this.#options.brokerLog;
    const dir = this.#dataDir.brokerFolder;
    const broker = await startEmbeddedBroker(log === undefined ? { dir } : { dir, log });
    this.#embedded = broker;
    if (this.#options.announce === true) await announceBroker(this.#dataDir, broker.address);
    return connect({ nameservers: [broker.address], requestTimeoutMs: this.#requestTimeoutMs });
  }
}

/** Does something with what is opened for it alone. */
export async function withAccess<T>(
  dataDir: DataDir,
  use: (access: ClusterAccess) => Promise<T>,
): Promise<T> {
  const access = new ClusterAccess(dataDir);
  try {
    return await use(access);
  } finally {
    await access.close();
  }
}

/** Writes where a broker of this process listens, for the commands that look at the data directory. */
export async function announceBroker(dataDir: DataDir, address: string): Promise<void> {
  await dataDir.create();
  await dataDir.broker.write({ version: 1, pid: process.pid, address }, { durable: false });
}

/** Takes back what this process announced. */
export async function withdrawBroker(dataDir: DataDir): Promise<void> {
  const announced = await dataDir.broker.read();
  if (announced?.pid === process.pid) await rm(dataDir.broker.path, { force: true });
}

/** The broker another process runs on the data directory, if it answers. */
async function runningBroker(dataDir: DataDir, requestTimeoutMs: number): Promise<Cluster | null> {
  const announced = await dataDir.broker.read();
  if (announced === null || !isProcessAlive(announced.pid)) return null;
  const cluster = await connect({ nameservers: [announced.address], requestTimeoutMs });
  try {
    await cluster.admin.brokers();
    return cluster;
  } catch (error) {
    await cluster.close();
    // Its process id may be another program's by now: then the store is free, and we open it.
    if (error instanceof RocketmqError) return null;
    throw error;
  }
}

async function connect(options: ClusterOptions): Promise<Cluster> {
  const { connectCluster } = await import('../rocketmq/remoting/connect.js');
  return connectCluster(options);
}
