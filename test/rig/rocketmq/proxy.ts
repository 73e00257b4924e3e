/** A RocketMQ proxy (cluster mode) in front of a real RocketMQ: gRPC on a port of its own. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { jvmHome } from '../jvm-home.js';
import { endProcess, ownedFolder, removeFolder, spawnOwned } from '../owned.js';
import { jvmOptions, tail, type RealRocketmq } from '../rocketmq.js';
import { until } from '../until.js';
import { rocketmqJars } from './jars.js';
import { freeRocketmqPorts } from './ports.js';

export interface RealProxy {
  /** `host:port` for gRPC. */
  readonly endpoint: string;
  /** Of its process that was started last. */
  pid(): number;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again at the same address; resolves when it listens. */
  start(): Promise<void>;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** `config`: added to rmq-proxy.json. It speaks TLS beside plain text, with a certificate made for localhost. */
export async function startProxy(
  rocketmq: RealRocketmq,
  config: Readonly<Record<string, string>> = {},
): Promise<RealProxy> {
  const jars = await rocketmqJars();
  const { nameserver: grpcPort, broker: remotingPort } = await freeRocketmqPorts();
  const folder = await ownedFolder(`proxy-${rocketmq.name}`);
  await mkdir(join(folder, 'conf'), { recursive: true });
  await writeFile(
    join(folder, 'conf/rmq-proxy.json'),
    JSON.stringify({
      rocketMQClusterName: rocketmq.clusterName,
      namesrvAddr: rocketmq.nameserver,
      grpcServerPort: grpcPort,
      remotingListenPort: remotingPort,
      ...config,
    }),
  );
  const endpoint = `127.0.0.1:${String(grpcPort)}`;
  let running: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (running !== undefined) await endProcess(running, 'SIGKILL');
  };
  const start = async (): Promise<void> => {
    running = await spawnProxy(folder, jars, rocketmq.nameserver, grpcPort);
  };
  const stop = async (): Promise<void> => {
    await kill();
    await removeFolder(folder);
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  const pid = (): number => {
    if (running?.pid === undefined) throw new Error('the proxy was not started');
    return running.pid;
  };
  return { endpoint, pid, kill, start, stop };
}

async function spawnProxy(
  folder: string,
  jars: string,
  nameserver: string,
  grpcPort: number,
): Promise<ChildProcess> {
  const log = join(folder, 'proxy.out');
  const out = openSync(log, 'a');
  const java = [...jvmOptions, '-Xms128m', '-Xmx512m', ...jvmHome(folder), '-cp', join(jars, '*')];
  const main = 'org.apache.rocketmq.proxy.ProxyStartup';
  const config = join(folder, 'conf/rmq-proxy.json');
  const child = spawnOwned('java', [...java, main, '-pm', 'cluster', '-n', nameserver, '-pc', config], {
    stdio: ['ignore', out, out],
    env: { ...process.env, RMQ_PROXY_HOME: folder, ROCKETMQ_HOME: folder },
  });
  closeSync(out);
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`it ended with ${String(code ?? signal)}`));
    });
  });
  try {
    await Promise.race([
      until('the proxy to listen', () => listens(grpcPort), { deadlineMs: 90_000 }),
      ended,
    ]);
  } catch (cause) {
    if (child.pid !== undefined) await endProcess(child, 'SIGKILL');
    throw new Error(`the proxy did not start:\n${await tail(log)}`, { cause });
  }
  ended.catch(() => undefined);
  return child;
}

function listens(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(undefined);
    });
  });
}
