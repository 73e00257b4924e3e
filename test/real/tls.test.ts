/**
 * TLS with real servers, whose certificate an authority of the test's own has signed for `localhost`: connectors
 * reach them when they are told of it, say what to do when they are not, and notice another name.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import httpPlugin from '../../connectors/http/index.js';
import mqttPlugin from '../../connectors/mqtt/index.js';
import mysqlPlugin from '../../connectors/mysql/index.js';
import natsPlugin from '../../connectors/nats/index.js';
import postgresPlugin from '../../connectors/postgres/index.js';
import rabbitPlugin from '../../connectors/rabbitmq/index.js';
import redisPlugin from '../../connectors/redis/index.js';
import { ConnectorError, type Plugin } from '../../src/sdk/index.js';
import { sinkContext, sinkRecord } from '../../src/sdk/acceptance/index.js';
import { makeCertificates, type Certificates } from '../rig/certificates.js';
import { startMariadb } from '../rig/mariadb.js';
import { startPostgres } from '../rig/postgres.js';
import { freePort } from '../rig/rocketmq/ports.js';
import { startMosquitto, startNats, startRedis, startSecureRabbit } from '../rig/small-servers.js';

interface Server {
  /** With TLS. */
  readonly port: number;
  stop(): Promise<void>;
}

interface Peer {
  readonly plugin: Plugin;
  readonly start: (its: Certificates) => Promise<Server>;
  readonly config: (host: string, port: number) => object;
}

async function secureRedis({ ca, certificate, key }: Certificates): Promise<Server> {
  const port = await freePort();
  const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', ca];
  const server = await startRedis([...files, '--tls-port', String(port), '--tls-auth-clients', 'no']);
  return { port, stop: () => server.stop() };
}

async function secureHttp({ certificate, key }: Certificates): Promise<Server> {
  const { source } = httpPlugin;
  assert.ok(source !== undefined);
  const port = await freePort();
  const context = { ...sinkContext('/'), connector: 'in', task: 0, anew: () => Promise.resolve() };
  const tls = { cert_file: certificate, key_file: key };
  const connector = await source.start(source.spec.parse({ listen: String(port), tls }), context);
  const task = await connector.open({}, context, new Map());
  const ended = new AbortController();
  const served = (async () => {
    while (!ended.signal.aborted) {
      const batch = await task.read(ended.signal);
      const last = batch?.records.at(-1);
      if (batch !== null && last !== undefined) await task.committed?.(batch.partition, last.position);
    }
  })().catch(() => undefined);
  return {
    port,
    stop: async () => {
      ended.abort();
      await served;
      await task.close();
      await connector.close();
    },
  };
}

const peers: Readonly<Record<string, Peer>> = {
  http: {
    plugin: httpPlugin,
    start: secureHttp,
    config: (host, port) => ({ url: `https://${host}:${String(port)}/` }),
  },
  redis: {
    plugin: redisPlugin,
    start: secureRedis,
    config: (host, port) => ({ url: `rediss://${host}:${String(port)}` }),
  },
  nats: {
    plugin: natsPlugin,
    start: ({ certificate, key }) => startNats(['--tls', '--tlscert', certificate, '--tlskey', key]),
    config: (host, port) => ({ url: `tls://${host}:${String(port)}`, mode: 'core' }),
  },
  mqtt: {
    plugin: mqttPlugin,
    start: ({ certificate, key }) =>
      startMosquitto(['allow_anonymous true', `certfile ${certificate}`, `keyfile ${key}`]),
    config: (host, port) => ({ url: `mqtts://${host}:${String(port)}` }),
  },
  rabbitmq: {
    plugin: rabbitPlugin,
    start: startSecureRabbit,
    config: (host, port) => ({ url: `amqps://${host}:${String(port)}`, declare: true }),
  },
  postgres: {
    plugin: postgresPlugin,
    start: async (its) =>
      startPostgres({
        ssl: 'on',
        ssl_cert_file: its.certificate,
        ssl_key_file: await its.keyOf('postgres'),
      }),
    config: (host, port) => ({ url: `postgres://postgres@${host}:${String(port)}/shop`, create_table: true }),
  },
  mysql: {
    plugin: mysqlPlugin,
    start: ({ certificate, key }) => startMariadb({ ssl_cert: certificate, ssl_key: key }),
    config: (host, port) => ({ url: `mysql://root@${host}:${String(port)}/shop`, create_table: true }),
  },
};

async function write({ sink }: Plugin, config: object): Promise<void> {
  assert.ok(sink !== undefined);
  const context = sinkContext('/');
  const connector = await sink.start(sink.spec.parse(config), context);
  try {
    const task = await connector.open({ ...context, task: 0 });
    try {
      await task.write([sinkRecord({ value: { id: 1 } })], AbortSignal.timeout(30_000));
    } finally {
      await task.close();
    }
  } finally {
    await connector.close();
  }
}

/** What it says and advises; it is for a person to mend, so it is not tried again. */
async function complaint(plugin: Plugin, config: object): Promise<string> {
  const error = await write(plugin, config).then(
    () => assert.fail('it went through'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ConnectorError, String(error));
  assert.deepEqual([error.code, error.retryable], ['config', false], error.message);
  return `${error.message} → ${error.hint ?? ''}`;
}

describe('TLS', () => {
  const servers = new Map<string, Server>();
  let ca: string;
  before(async () => {
    const certificates = await makeCertificates();
    ca = certificates.ca;
    const starts = Object.entries(peers).map(async ([name, { start }]) => {
      servers.set(name, await start(certificates));
    });
    const started = await Promise.allSettled(starts);
    for (const one of started) if (one.status === 'rejected') throw one.reason;
  });
  after(async () => {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  });

  for (const [name, { plugin, config }] of Object.entries(peers)) {
    test(name, async () => {
      const at = (host: string): object => config(host, servers.get(name)?.port ?? 0);
      await write(plugin, { ...at('localhost'), tls: { ca_file: ca } });
      assert.match(await complaint(plugin, { ...at('localhost'), tls: {} }), /certificate.*→.*tls\.ca_file/);
      const other = await complaint(plugin, { ...at('127.0.0.1'), tls: { ca_file: ca } });
      assert.match(other, /altnames.*→.*tls\.server_name/);
      await write(plugin, { ...at('127.0.0.1'), tls: { ca_file: ca, server_name: 'localhost' } });
      const wrong = await complaint(plugin, {
        ...at('localhost'),
        tls: { ca_file: ca, server_name: 'elsewhere' },
      });
      assert.match(wrong, /altnames.*→.*tls\.server_name/);
    });
  }
});
