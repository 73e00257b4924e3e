/** A real Apache RocketMQ: a name server and a broker on loopback, with a store of their own. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Output } from './command.js';
import { jvmHome } from './jvm-home.js';
import { mqadmin } from './mqadmin.js';
import { endProcess, ownedFolder, removeFolder, spawnOwned } from './owned.js';
import { ask } from './rocketmq/ask.js';
import { rocketmqJars } from './rocketmq/jars.js';
import { freeRocketmqPorts, type RocketmqPorts } from './rocketmq/ports.js';
import { until } from './until.js';

export interface RealRocketmq {
  /** Cluster `cluster-NAME`, broker `broker-NAME`. */
  readonly name: string;
  /** Name server, `host:port`. */
  readonly nameserver: string;
  /** Broker, `host:port`. */
  readonly broker: string;
  readonly brokerName: string;
  readonly clusterName: string;
  /** Folder of the files of the broker's log. */
  readonly commitLog: string;
  /** Of the broker's process that was started last. */
  brokerPid(): number;
  /** Resolves when that process has ended. */
  brokerEnded(): Promise<unknown>;
  /** SIGKILL; its store stays. */
  killBroker(): Promise<void>;
  /** SIGTERM: a clean end; its store stays. */
  stopBroker(): Promise<void>;
  /** Starts it again on the same store and address; resolves when it serves. */
  startBroker(): Promise<void>;
  /** Runs mqadmin against this name server; rejects when it fails. */
  admin(args: readonly string[]): Promise<Output>;
  /** Kills both and deletes the store. Idempotent. */
  stop(): Promise<void>;
}

export interface RocketmqOptions {
  /** Default `a`; two that are to be told apart need different ones. */
  readonly name?: string;
  /** Added to broker.conf. */
  readonly brokerConfig?: Readonly<Record<string, string>>;
  /** From `freeRocketmqPorts`, where the address must be known before the start. */
  readonly ports?: RocketmqPorts;
  /** Only a broker, of this one's cluster and at its name server. */
  readonly joins?: Pick<RealRocketmq, 'nameserver' | 'clusterName'>;
}

interface Place {
  readonly name: string;
  readonly folder: string;
  readonly jars: string;
  readonly clusterName: string;
  readonly nameserver: string;
  readonly broker: string;
}

/** Needs `java` (17) and, for the first time, `mvn`. Resolves when the broker takes messages. */
export async function startRocketmq(options: RocketmqOptions = {}): Promise<RealRocketmq> {
  const name = options.name ?? 'a';
  const jars = await rocketmqJars();
  const ports = options.ports ?? (await freeRocketmqPorts());
  const folder = await ownedFolder(`rocketmq-${name}`);
  const { nameserver = `127.0.0.1:${String(ports.nameserver)}`, clusterName = `cluster-${name}` } =
    options.joins ?? {};
  const broker = `127.0.0.1:${String(ports.broker)}`;
  const place: Place = { name, folder, jars, clusterName, nameserver, broker };
  await writeConfiguration(place, ports, options.brokerConfig ?? {});
  const servers: { nameserver?: ChildProcess; broker?: ChildProcess } = {};
  const stop = async (): Promise<void> => {
    await Promise.all(Object.values(servers).map((server) => endProcess(server, 'SIGKILL')));
    await removeFolder(folder);
  };
  const startBroker = async (): Promise<void> => {
    servers.broker = await startServer(place, 'broker', () => knowsBroker(place));
  };
  try {
    if (options.joins === undefined) {
      servers.nameserver = await startServer(place, 'namesrv', async () => {
        await ask(nameserver, 106);
        return true;
      });
    }
    await startBroker();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name,
    nameserver,
    broker: place.broker,
    brokerName: `broker-${name}`,
    clusterName,
    commitLog: join(folder, 'store/commitlog'),
    brokerPid: () => pidOf(servers.broker),
    brokerEnded: () => (servers.broker === undefined ? Promise.resolve() : once(servers.broker, 'exit')),
    startBroker,
    stop,
    killBroker: () => endBroker(servers, 'SIGKILL'),
    stopBroker: () => endBroker(servers, 'SIGTERM'),
    admin: (args) => mqadmin(nameserver, args),
  };
}

function pidOf(server: ChildProcess | undefined): number {
  if (server?.pid === undefined) throw new Error('the broker was not started');
  return server.pid;
}

async function endBroker(servers: { broker?: ChildProcess }, signal: NodeJS.Signals): Promise<void> {
  if (servers.broker !== undefined) await endProcess(servers.broker, signal);
}

async function writeConfiguration(
  { name, folder, clusterName, nameserver }: Place,
  ports: RocketmqPorts,
  extra: Readonly<Record<string, string>>,
): Promise<void> {
  const broker = {
    brokerClusterName: clusterName,
    brokerName: `broker-${name}`,
    brokerId: '0',
    brokerIP1: '127.0.0.1',
    bindAddress: '127.0.0.1',
    listenPort: String(ports.broker),
    namesrvAddr: nameserver,
    storePathRootDir: join(folder, 'store'),
    storePathCommitLog: join(folder, 'store/commitlog'),
    mappedFileSizeCommitLog: '67108864',
    // A full disk of the machine must not make it delete or refuse messages.
    diskMaxUsedSpaceRatio: '95',
    // Its TransactionMetricsFlushService spins, with a core of its own, until this time (in ms; by
    // default 10 s) has passed since the start, and only then waits.
    transactionMetricFlushInterval: '250',
    ...extra,
  };
  const lines = Object.entries(broker).map(([key, value]) => `${key}=${value}\n`);
  await mkdir(join(folder, 'store'), { recursive: true });
  await writeFile(join(folder, 'broker.conf'), lines.join(''));
  await writeFile(
    join(folder, 'namesrv.conf'),
    `listenPort=${String(ports.nameserver)}\nbindAddress=127.0.0.1\n`,
  );
}

const servers = {
  namesrv: {
    main: 'org.apache.rocketmq.namesrv.NamesrvStartup',
    // It has so little to do that compiling it well costs more than it brings: a third of its start.
    jvm: ['-Xms64m', '-Xmx128m', '-XX:TieredStopAtLevel=1'],
  },
  broker: {
    main: 'org.apache.rocketmq.broker.BrokerStartup',
    jvm: ['-Xms256m', '-Xmx768m', '-XX:MaxDirectMemorySize=512m'],
  },
} as const;

/** What the JVM must open to RocketMQ on Java 17, and disk levels at which a broker refuses messages. */
export const jvmOptions = [
  '-XX:+UseSerialGC',
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '-Drocketmq.broker.diskSpaceWarningLevelRatio=0.99',
  '-Drocketmq.broker.diskSpaceCleanForciblyRatio=0.98',
];

async function startServer(
  place: Place,
  kind: keyof typeof servers,
  serves: () => Promise<true | undefined>,
): Promise<ChildProcess> {
  const { main, jvm } = servers[kind];
  const log = join(place.folder, `${kind}.out`);
  const out = openSync(log, 'a');
  const args = [...jvm, ...jvmOptions, ...jvmHome(place.folder), '-cp', join(place.jars, '*')];
  const child = spawnOwned('java', [...args, main, '-c', join(place.folder, `${kind}.conf`)], {
    stdio: ['ignore', out, out],
    env: { ...process.env, ROCKETMQ_HOME: place.folder },
  });
  closeSync(out);
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', (cause) => {
      reject(new Error('java cannot be run; Java 17 must be on the PATH', { cause }));
    });
    child.once('exit', (code, signal) => {
      reject(new Error(`it ended with ${String(code ?? signal)}`));
    });
  });
  try {
    await Promise.race([until(`the ${kind} to serve`, serves, { deadlineMs: 90_000 }), ended]);
  } catch (cause) {
    if (child.pid !== undefined) await endProcess(child, 'SIGKILL');
    throw new Error(`${kind} ${place.name} did not start:\n${await tail(log)}`, { cause });
  }
  ended.catch(() => undefined);
  return child;
}

/** The name server lists the broker, and the broker itself answers and takes messages. */
async function knowsBroker({ name, nameserver, broker }: Place): Promise<true | undefined> {
  const cluster = await ask(nameserver, 106);
  if (!cluster.body.includes(`"broker-${name}"`) || !cluster.body.includes(`"${broker}"`)) return undefined;
  const runtime = await ask(broker, 28);
  // One that wants credentials says so: then it is up as well.
  return runtime.header.code === 0 || runtime.header.code === noPermission ? true : undefined;
}

/** ResponseCode.NO_PERMISSION */
const noPermission = 16;

export async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '(no output)');
  return text.split('\n').slice(-40).join('\n');
}
