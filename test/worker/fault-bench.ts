import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  startEmbeddedBroker,
  type EmbeddedBroker,
  type EmbeddedBrokerOptions,
} from '../../src/broker/embedded-broker.js';
import type { ConnectorDefinition, SinkDefinition, SourceDefinition } from '../../src/job/definition.js';
import { errorPolicy } from '../../src/job/errors-spec.js';
import type { Cluster, StoredMessage } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import type { Log } from '../../src/sdk/index.js';
import { formats } from '../../src/stages/formats.js';
import { DataDir, type TaskStatus } from '../../src/store/index.js';
import { Worker, type WorkerEvent } from '../../src/worker/worker.js';
import { FaultyProxy } from '../rig/faulty-proxy.js';
import { until } from '../rig/until.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';
import type { MemorySink, MemorySource } from './memory-plugin.js';

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A worker that runs in this process, with a data directory and connections of its own. */
export interface BenchWorker {
  readonly worker: Worker;
  readonly events: WorkerEvent[];
  readonly cluster: Cluster;
  readonly dataDir: DataDir;
  /** The only task of its only connector. */
  task(): TaskStatus | undefined;
}

/** An embedded broker that can be stopped and started, with a proxy before it that can do harm. */
export class FaultBench {
  readonly topic = 't';
  readonly folder: string;
  readonly proxy: FaultyProxy;
  readonly cluster: Cluster;
  #broker: EmbeddedBroker;
  readonly #context: TestContext;

  private constructor(context: TestContext, folder: string, broker: EmbeddedBroker, proxy: FaultyProxy) {
    this.#context = context;
    this.folder = folder;
    this.proxy = proxy;
    this.#broker = broker;
    this.cluster = connectCluster({ nameservers: [broker.address] });
  }

  static async open(context: TestContext): Promise<FaultBench> {
    const folder = await temporaryFolder(context);
    const broker = await startEmbeddedBroker({ dir: join(folder, 'broker') });
    const proxy = await FaultyProxy.before(broker.address);
    const bench = new FaultBench(context, folder, broker, proxy);
    atEnd(context, () => bench.#broker.close());
    atEnd(context, () => proxy.close());
    atEnd(context, () => bench.cluster.close());
    return bench;
  }

  get brokerFolder(): string {
    return join(this.folder, 'broker');
  }

  async stopBroker(): Promise<void> {
    await this.#broker.close();
  }

  async startBroker(options: Partial<EmbeddedBrokerOptions> = {}): Promise<void> {
    this.#broker = await startEmbeddedBroker({
      ...options,
      dir: this.brokerFolder,
      port: this.#broker.port,
    });
  }

  /** Starts a worker; all it says to the broker goes through the proxy. */
  async start(
    definitions: readonly ConnectorDefinition[],
    { name = 'data', once = false, nameserver = this.proxy.address, root = this.folder } = {},
  ): Promise<BenchWorker> {
    const dataDir = new DataDir(join(root, name));
    await dataDir.create();
    for (const definition of definitions) await dataDir.connector(definition.name).create();
    const cluster = connectCluster({
      nameservers: [nameserver],
      addressMap: { [this.#broker.address]: this.proxy.address },
      requestTimeoutMs: 2_000,
    });
    const events: WorkerEvent[] = [];
    const worker = new Worker({
      connectors: definitions.map((definition) => ({ definition, cluster })),
      dataDir,
      once,
      log: silent,
      mirror: () => Promise.reject(new Error('there are no mirrors here')),
      onEvent: (event) => events.push(event),
    });
    worker.start();
    atEnd(this.#context, async () => {
      await worker.stop(AbortSignal.timeout(5_000));
      await cluster.close();
    });
    return { worker, events, cluster, dataDir, task: () => worker.status()[0]?.tasks[0] };
  }

  source(source: MemorySource, change: Partial<SourceDefinition> = {}): SourceDefinition {
    return {
      ...common,
      kind: 'source',
      name: 'in',
      source: source.plugin,
      topic: this.topic,
      order: 'partition',
      orderingKey: null,
      delivery: 'exactly_once',
      ...change,
    };
  }

  sink(sink: MemorySink, change: Partial<SinkDefinition> = {}): SinkDefinition {
    return {
      ...common,
      kind: 'sink',
      name: 'out',
      sink: sink.plugin,
      topics: [this.topic],
      group: 'g',
      from: 'earliest',
      ordering: 'strict',
      delivery: 'exactly_once',
      commitIntervalMs: 2_000,
      onGap: 'fail',
      ...change,
    };
  }

  /** All messages of the topic. */
  async messages(): Promise<readonly StoredMessage[]> {
    const queues = (await this.cluster.admin.topic(this.topic)) ?? [];
    const all = await Promise.all(
      queues.map((queue) => this.cluster.admin.peek(queue, queue.min, Math.max(1, queue.max - queue.min))),
    );
    return all.flat();
  }

  async bodies(): Promise<readonly string[]> {
    return (await this.messages()).map(({ body }) => body.toString());
  }

  /** Resolves when so many messages are in the topic. */
  async stored(count: number): Promise<void> {
    await until(`${String(count)} messages`, async () =>
      (await this.messages()).length >= count ? true : undefined,
    );
  }
}

const common = {
  job: 'job',
  baseDir: '/',
  plugin: 'memory',
  config: {},
  tasks: 1,
  format: formats.text,
  transforms: [],
  createTopics: { queues: 1 },
  errors: errorPolicy('memory'),
  maxRestarts: 10,
  stalledAfterMs: 60_000,
} as const;

/** `name-from` and those that follow. */
export function values(name: string, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${String(from + index)}`);
}

/** The values that are there more than once. */
export function twice(bodies: readonly string[]): readonly string[] {
  return bodies.filter((body, index) => bodies.indexOf(body) !== index);
}
