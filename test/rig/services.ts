/** The servers on their usual ports that the tests of connectors use, started where they are down. */
import { connect } from 'node:net';
import { run } from './command.js';
import { until } from './until.js';

interface Service {
  readonly name: string;
  readonly port: number;
  /** As Debian's package has it; it goes into the background. */
  readonly start: string;
}

const inBackground = 'start-stop-daemon --start --oknodo --background --exec';

const services: readonly Service[] = [
  {
    name: 'PostgreSQL',
    port: 5432,
    start: 'pg_ctlcluster --skip-systemctl-redirect "$(ls /etc/postgresql | tail -n 1)" main start',
  },
  { name: 'MariaDB', port: 3306, start: `${inBackground} /usr/sbin/mariadbd` },
  {
    name: 'Redis',
    port: 6379,
    start: 'redis-server --daemonize yes --bind 127.0.0.1 --save "" --appendonly no',
  },
  { name: 'RabbitMQ', port: 5672, start: 'rabbitmq-server -detached' },
  { name: 'Mosquitto', port: 1883, start: 'mosquitto -d -c /etc/mosquitto/mosquitto.conf' },
  {
    name: 'NATS',
    port: 4222,
    start: `${inBackground} /usr/sbin/nats-server -- -a 127.0.0.1 -p 4222 -js -sd /var/lib/nats-server`,
  },
];

/** Resolves when all of them take connections; throws naming the one that cannot be had. */
export async function startServices(): Promise<void> {
  await Promise.all(services.map(startOne));
}

async function startOne({ name, port, start }: Service): Promise<void> {
  if (await answers(port)) return;
  try {
    // What it starts would keep a pipe open.
    await run('sh', ['-c', start], { stdio: 'ignore' });
  } catch (cause) {
    const message = `${name} is not on port ${String(port)}, and cannot be started; install it, or start it yourself`;
    throw new Error(message, { cause });
  }
  await until(`${name} on port ${String(port)}`, async () => ((await answers(port)) ? true : undefined), {
    deadlineMs: 60_000,
    everyMs: 200,
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (is: boolean) => (): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });
}
