import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import type { Cluster } from '../../src/rocketmq/cluster.js';
import { startRocketmq, type RealRocketmq } from '../../test/rig/rocketmq.js';
import { startProxy, type RealProxy } from '../../test/rig/rocketmq/proxy.js';
import { startKafka, type Kafka } from '../kafka/kafka.js';
import { runProgram } from '../sides/program.js';
import { startDatabase, type Database, type DatabaseName } from './database.js';
import { startEmbedded, type Embedded } from './embedded.js';

/** `embedded`: the embedded broker in a process of its own. */
export type Kind = 'real' | 'embedded';

/** A RocketMQ that runs. */
export interface Rocketmq {
  readonly kind: Kind;
  readonly nameserver: string;
  readonly brokerPid: number;
  readonly cluster: Cluster;
}

export interface Grpc {
  readonly endpoints: string;
  /** The processes that serve it. */
  readonly pids: readonly number[];
}

/** The servers of one scenario: started when they are asked for, stopped with it. */
export class Places {
  readonly kind: Kind;
  readonly #warm: boolean;
  readonly #stops: (() => Promise<void>)[] = [];
  #rocketmq: Promise<Rocketmq> | undefined;
  #second: Promise<Rocketmq> | undefined;
  #real: RealRocketmq | undefined;
  #embedded: Embedded | undefined;
  #grpc: Promise<Grpc> | undefined;
  #kafka: Promise<Kafka> | undefined;
  readonly #databases = new Map<DatabaseName, Promise<Database>>();

  /** `warm`: a broker is used once before anything is measured, since a new JVM is slow. */
  constructor(kind: Kind, { warm }: { warm: boolean }) {
    this.kind = kind;
    this.#warm = warm;
  }

  rocketmq(): Promise<Rocketmq> {
    this.#rocketmq ??= this.#startRocketmq('bench');
    return this.#rocketmq;
  }

  /** Another one of the same kind. */
  secondRocketmq(): Promise<Rocketmq> {
    this.#second ??= this.#startRocketmq('second');
    return this.#second;
  }

  /** RocketMQ's proxy, or the embedded broker's own gRPC port. */
  grpc(): Promise<Grpc> {
    this.#grpc ??= this.#startGrpc();
    return this.#grpc;
  }

  kafka(): Promise<Kafka> {
    this.#kafka ??= this.#startKafka();
    return this.#kafka;
  }

  database(name: DatabaseName): Promise<Database> {
    let database = this.#databases.get(name);
    if (database === undefined) {
      database = this.#startDatabase(name);
      this.#databases.set(name, database);
    }
    return database;
  }

  async close(): Promise<void> {
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) await stop();
  }

  async #startRocketmq(name: string): Promise<Rocketmq> {
    const { nameserver, brokerPid } = await this.#startBroker(name);
    const cluster = connectCluster({ nameservers: [nameserver] });
    this.#stops.push(() => cluster.close());
    if (this.#warm) await warmUp(cluster, nameserver);
    return { kind: this.kind, nameserver, brokerPid, cluster };
  }

  async #startBroker(name: string): Promise<{ nameserver: string; brokerPid: number }> {
    if (this.kind === 'embedded') {
      const embedded = await startEmbedded();
      this.#stops.push(() => embedded.stop());
      this.#embedded ??= embedded;
      return { nameserver: embedded.address, brokerPid: embedded.pid };
    }
    const real = await startRocketmq({ name });
    this.#stops.push(() => real.stop());
    this.#real ??= real;
    return { nameserver: real.nameserver, brokerPid: real.brokerPid() };
  }

  async #startGrpc(): Promise<Grpc> {
    const { brokerPid } = await this.rocketmq();
    if (this.#embedded !== undefined) return { endpoints: this.#embedded.endpoints, pids: [brokerPid] };
    if (this.#real === undefined) throw new Error('there is no RocketMQ for the proxy to stand before');
    const proxy: RealProxy = await startProxy(this.#real);
    this.#stops.push(() => proxy.stop());
    return { endpoints: proxy.endpoint, pids: [brokerPid, proxy.pid()] };
  }

  async #startDatabase(name: DatabaseName): Promise<Database> {
    const database = await startDatabase(name);
    this.#stops.push(() => database.stop());
    return database;
  }

  async #startKafka(): Promise<Kafka> {
    const kafka = await startKafka();
    this.#stops.push(() => kafka.stop());
    return kafka;
  }
}

const warmUpMessages = 300_000;

async function warmUp(cluster: Cluster, nameserver: string): Promise<void> {
  const topic = 'warm-up';
  await cluster.admin.createTopic({ topic, queues: 4 });
  await runProgram('bare-send', { nameserver, topic, count: warmUpMessages, bytes: 100, queues: 4 });
  await runProgram('bare-pull', { nameserver, topic, group: 'warm-up', count: warmUpMessages });
}
