/** Redis, NATS, Mosquitto and RabbitMQ on a free port of their own, for tests that need a setting or a restart. */
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Account, ServerProcess } from './database.js';
import { freePort } from './rocketmq/ports.js';

export interface SmallServer {
  readonly port: number;
  /** SIGKILL; its data stay. */
  kill(): Promise<void>;
  /** A clean end; its data stay. */
  halt(): Promise<void>;
  /** Again, on the same data and port. */
  start(): Promise<void>;
  /** Ends it and deletes its data. */
  stop(): Promise<void>;
}

/** Each write is in its log before it is answered. */
export function startRedis(settings: readonly string[] = []): Promise<SmallServer> {
  return start('redis', 'redis-server', (port, folder) => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ...['--appendonly', 'yes', ...settings],
  ]);
}

export function startNats(settings: readonly string[] = []): Promise<SmallServer> {
  return start('nats', 'nats-server', (port, folder) => [
    ...['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder, ...settings],
  ]);
}

/** Sessions and retained messages outlive it, as far as it was told to end and not killed. */
export function startMosquitto(lines: readonly string[] = ['allow_anonymous true']): Promise<SmallServer> {
  return start('mosquitto', 'mosquitto', async (port, folder) => {
    const file = join(folder, 'mosquitto.conf');
    const its = [
      `listener ${String(port)} 127.0.0.1`,
      `user ${userInfo().username}`,
      'persistence true',
      `persistence_location ${folder}/`,
      'autosave_interval 1',
      'autosave_on_changes true',
    ];
    await writeFile(file, [...its, ...lines, ''].join('\n'));
    return ['-c', file];
  });
}

/** With TLS only. A node of its own, beside the one that is there. */
export async function startSecureRabbit(its: {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}): Promise<SmallServer> {
  const between = await freePort();
  const args = async (port: number, folder: string): Promise<readonly string[]> => {
    const file = join(folder, 'rabbitmq.conf');
    const lines = [
      'listeners.tcp = none',
      `listeners.ssl.1 = 127.0.0.1:${String(port)}`,
      `ssl_options.cacertfile = ${its.ca}`,
      `ssl_options.certfile = ${its.certificate}`,
      `ssl_options.keyfile = ${its.key}`,
    ];
    await writeFile(file, [...lines, ''].join('\n'));
    const settings = {
      HOME: folder,
      RABBITMQ_NODENAME: `rmq-connect-${String(port)}@localhost`,
      RABBITMQ_MNESIA_BASE: folder,
      RABBITMQ_LOG_BASE: folder,
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
      RABBITMQ_CONFIG_FILE: file,
      RABBITMQ_DIST_PORT: String(between),
      // The script becomes the server: to end the one is to end the other.
      RUNNING_UNDER_SYSTEMD: '1',
    };
    return [
      ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
      '/usr/lib/rabbitmq/bin/rabbitmq-server',
    ];
  };
  return await start('rabbitmq', 'env', args, 'rabbitmq');
}

async function start(
  name: string,
  command: string,
  args: (port: number, folder: string) => readonly string[] | Promise<readonly string[]>,
  user: string = userInfo().username,
): Promise<SmallServer> {
  const account = await Account.of(user);
  const folder = await account.folder(name);
  const port = await freePort();
  const server = new ServerProcess({
    account,
    folder,
    command,
    args: await args(port, folder),
    haltSignal: 'SIGTERM',
    serves: () => answers(port),
  });
  await server.start();
  return {
    port,
    kill: () => server.kill(),
    halt: () => server.halt(),
    start: () => server.start(),
    stop: () => server.stop(),
  };
}

function answers(port: number): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
