import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startEmbeddedBroker } from '../../src/broker/embedded-broker.js';
import type { ConnectorDefinition, SinkDefinition, SourceDefinition } from '../../src/job/definition.js';
import { errorPolicy } from '../../src/job/errors-spec.js';
import type { Cluster } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import type { Log } from '../../src/sdk/index.js';
import { formats } from '../../src/stages/formats.js';
import { DataDir } from '../../src/store/index.js';
import { Worker, type WorkerEvent, type WorkerOptions } from '../../src/worker/worker.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';
import { MemorySink, MemorySource } from './memory-plugin.js';

/** A worker with a source and a sink in memory, on an embedded broker or another RocketMQ. */
export class Bench {
  readonly source = new MemorySource();
  readonly sink = new MemorySink();
  readonly events: WorkerEvent[] = [];
  /** Warnings. */
  readonly logged: string[] = [];
  readonly cluster: Cluster;
  readonly dataDir: DataDir;
  readonly #log: Log = {
    info: () => undefined,
    warn: (message) => this.logged.push(message),
    error: () => undefined,
  };

  constructor(cluster: Cluster, dataDir: DataDir) {
    this.cluster = cluster;
    this.dataDir = dataDir;
  }

  /** On the RocketMQ at `nameserver`, or else on an embedded broker. */
  static async open(t: TestContext, nameserver?: string): Promise<Bench> {
    const folder = await temporaryFolder(t);
    if (nameserver !== undefined) {
      const cluster = connectCluster({ nameservers: [nameserver] });
      atEnd(t, () => cluster.close());
      return new Bench(cluster, new DataDir(folder));
    }
    const broker = await startEmbeddedBroker({ dir: join(folder, 'broker') });
    const cluster = connectCluster({ nameservers: [broker.address] });
    atEnd(t, () => broker.close());
    atEnd(t, () => cluster.close());
    return new Bench(cluster, new DataDir(folder));
  }

  get base(): Pick<
    SourceDefinition | SinkDefinition,
    Exclude<keyof SinkDefinition & keyof SourceDefinition, 'kind' | 'name' | 'delivery'>
  > {
    return {
      job: 'job',
      baseDir: '/',
      plugin: 'memory',
      config: {},
      tasks: 2,
      format: formats.text,
      transforms: [],
      createTopics: { queues: 4 },
      maxRestarts: 10,
      stalledAfterMs: 60_000,
      errors: errorPolicy('memory'),
    };
  }

  sourceDefinition(change: Partial<SourceDefinition> = {}): SourceDefinition {
    return {
      ...this.base,
      kind: 'source',
      name: 'in',
      source: this.source.plugin,
      topic: 't',
      order: 'partition',
      orderingKey: null,
      delivery: 'exactly_once',
      ...change,
    };
  }

  sinkDefinition(change: Partial<SinkDefinition> = {}): SinkDefinition {
    return {
      ...this.base,
      kind: 'sink',
      name: 'out',
      sink: this.sink.plugin,
      topics: ['t'],
      group: 'g',
      from: 'earliest',
      delivery: 'exactly_once',
      commitIntervalMs: 2_000,
      onGap: 'fail',
      ordering: 'strict',
      ...change,
    };
  }

  async worker(
    definitions: readonly ConnectorDefinition[],
    once: boolean,
    options: Pick<WorkerOptions, 'stays' | 'drainMs'> = {},
  ): Promise<Worker> {
    await this.dataDir.create();
    for (const { name } of definitions) await this.dataDir.connector(name).create();
    const worker = new Worker({
      connectors: definitions.map((definition) => ({ definition, cluster: this.cluster })),
      dataDir: this.dataDir,
      once,
      log: this.#log,
      mirror: () => Promise.reject(new Error('there are no mirrors here')),
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    worker.start();
    return worker;
  }

  get positionsPath(): string {
    return this.dataDir.connector('in').positions.path;
  }

  positions(): Promise<unknown> {
    return this.dataDir
      .connector('in')
      .positions.read()
      .then((stored) =>
        Object.fromEntries(
          Object.entries(stored?.partitions ?? {}).map(([name, { position }]) => [name, position]),
        ),
      );
  }

  committed(): Promise<(number | null)[]> {
    return this.cluster.admin
      .groupOffsets('g', ['t'])
      .then((offsets) => offsets.map(({ offset, max }) => (offset === null ? null : max - offset)));
  }
}

/** `NAME-0`, `NAME-1`, … */
export const values = (name: string, count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${String(from + index)}`);

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}
