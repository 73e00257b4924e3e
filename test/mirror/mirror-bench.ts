import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import type { MirrorDefinition } from '../../src/job/definition.js';
import { errorPolicy } from '../../src/job/errors-spec.js';
import { runMirror } from '../../src/mirror/run.js';
import type { Cluster, OutMessage, Queue, QueueStats, StoredMessage } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import type { Credentials } from '../../src/rocketmq/credentials.js';
import { DataDir } from '../../src/store/index.js';
import { Worker, type WorkerEvent, type WorkerResult } from '../../src/worker/worker.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';

/** A cluster under a name, with what a test does to it. */
export class Town {
  readonly name: string;
  readonly nameserver: string;
  readonly cluster: Cluster;

  constructor(name: string, nameserver: string, cluster: Cluster) {
    this.name = name;
    this.nameserver = nameserver;
    this.cluster = cluster;
  }

  static at(t: TestContext, name: string, nameserver: string, keys?: Credentials): Town {
    const cluster = connectCluster({ nameservers: [nameserver], ...keys });
    atEnd(t, () => cluster.close());
    return new Town(name, nameserver, cluster);
  }

  get end(): MirrorDefinition['from'] {
    return { name: this.name, cluster: { kind: 'nameserver', nameservers: [this.nameserver] } };
  }

  /** Sends in batches that are small enough, one after the other. */
  async send(queue: Queue, messages: readonly OutMessage[], each = 500): Promise<void> {
    const producer = this.cluster.producer('test-producer');
    try {
      for (let at = 0; at < messages.length; at += each)
        await producer.send(queue, messages.slice(at, at + each));
    } finally {
      await producer.close();
    }
  }

  async queues(topic: string): Promise<readonly QueueStats[]> {
    return (await this.cluster.admin.topic(topic)) ?? [];
  }

  /** Everything in the queue, as it is stored. */
  async stored(queue: Queue, expected: number): Promise<readonly StoredMessage[]> {
    const found: StoredMessage[] = [];
    for await (const message of this.each(queue, expected)) found.push(message);
    return found;
  }

  /** The same, one by one: at least so many, and what came with the last. */
  async *each(queue: Queue, expected: number): AsyncGenerator<StoredMessage, undefined> {
    const reader = this.cluster.rawReader?.('test-reader', queue, 0, { maxBytes: 16 * 1024 * 1024 });
    if (reader === undefined) throw new Error('no raw reader');
    try {
      for (let found = 0; found < expected;) {
        const { messages } = await reader.read(AbortSignal.timeout(60_000));
        found += messages.length;
        yield* messages;
      }
    } finally {
      reader.close();
    }
  }

  /** How many messages its queues hold. */
  async count(topic: string): Promise<number> {
    const stats = (await this.cluster.admin.topic(topic)) ?? [];
    return stats.reduce((sum, { min, max }) => sum + max - min, 0);
  }
}

/** An embedded broker in this process. */
export async function town(
  t: TestContext,
  name: string,
): Promise<Town & { readonly broker: EmbeddedBroker }> {
  const folder = await temporaryFolder(t);
  const broker = await startEmbeddedBroker({ dir: join(folder, name) });
  atEnd(t, () => broker.close());
  return Object.assign(Town.at(t, name, broker.address), { broker });
}

export function route(from: Town, to: Town, change: Partial<MirrorDefinition> = {}): MirrorDefinition {
  const name = `${from.name}-to-${to.name}`;
  return {
    kind: 'mirror',
    plugin: 'rocketmq',
    name,
    job: 'job',
    baseDir: '/',
    tasks: 1,
    createTopics: { queues: 4 },
    errors: errorPolicy(name),
    maxRestarts: 10,
    stalledAfterMs: 60_000,
    delivery: 'exactly_once',
    onGap: 'fail',
    from: from.end,
    to: to.end,
    topics: ['*'],
    exclude: [],
    rename: '{topic}',
    start: 'earliest',
    queues: 'same',
    bornTime: 'property',
    groups: [],
    sync: { offsetsMs: 10_000, topicsMs: 200, groups: true },
    heartbeats: null,
    rate: { recordsPerS: null, bytesPerS: null },
    ...change,
  };
}

/** All different, with up to 19 properties. */
export function someMessages(count: number, about = ''): OutMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    body: randomBytes(index % 300),
    key: `${about}${String(index)}`,
    ...(index % 3 === 0 ? { tag: 'tag-ä' } : {}),
    properties: Object.fromEntries(
      Array.from({ length: index % 20 }, (_unused, n) => [`property-${String(n)}`, `${String(index)} ☂`]),
    ),
  }));
}

/** A new topic, with so many in each queue. */
export async function fill(place: Town, topic: string, queues: number, each: number): Promise<void> {
  await place.cluster.admin.createTopic({ topic, queues });
  for (const queue of await place.queues(topic))
    await place.send(queue, someMessages(each, `${place.name} ${String(queue.queue)}-`));
}

/** Runs routes with one data directory. */
export class Routing {
  readonly events: WorkerEvent[] = [];
  readonly dataDir: DataDir;

  constructor(dataDir: DataDir) {
    this.dataDir = dataDir;
  }

  static async open(t: TestContext): Promise<Routing> {
    return new Routing(new DataDir(await temporaryFolder(t)));
  }

  /** `towns`: where each end's cluster is taken from. */
  async start(
    definitions: readonly MirrorDefinition[],
    towns: readonly Town[],
    { once = false } = {},
  ): Promise<Worker> {
    await this.dataDir.create();
    const clusterOf = (name: string): Cluster => {
      const found = towns.find((one) => one.name === name);
      if (found === undefined) throw new Error(`there is no ${name}`);
      return found.cluster;
    };
    for (const { name } of definitions) await this.dataDir.connector(name).create();
    const worker = new Worker({
      connectors: definitions.map((definition) => ({ definition, cluster: clusterOf(definition.to.name) })),
      dataDir: this.dataDir,
      once,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      mirror: (definition, context, sourcesEnded) =>
        runMirror(definition, context, clusterOf(definition.from.name), sourcesEnded),
      onEvent: (event) => this.events.push(event),
    });
    worker.start();
    return worker;
  }

  /** Copies what is there, and ends. */
  async once(definitions: readonly MirrorDefinition[], towns: readonly Town[]): Promise<WorkerResult> {
    return (await this.start(definitions, towns, { once: true })).done;
  }

  get warnings(): readonly string[] {
    return this.events.filter(({ type }) => type === 'warning').map(({ message }) => message);
  }
}
