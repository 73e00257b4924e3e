/** A proxy that wants TLS and keys, and names in a namespace. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { runCli, type CliResult } from '../rig/cli.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';
import { guardedBroker, guardedProxy, user } from '../rig/rocketmq/guarded.js';
import { startProxy, type RealProxy } from '../rig/rocketmq/proxy.js';

const topic = 'secured';

describe('a real proxy with access control and TLS', () => {
  let rocketmq: RealRocketmq;
  let proxy: RealProxy;
  let folder: string;
  let authority: string;
  before(async () => {
    folder = await ownedFolder('secured');
    rocketmq = await startRocketmq({ name: 'secured', brokerConfig: guardedBroker });
    proxy = await startProxy(rocketmq, guardedProxy);
    const maker = connectCluster({ nameservers: [rocketmq.nameserver], ...user });
    await maker.admin.createTopic({ topic, queues: 2 });
    await maker.admin.createGroup('connect-out');
    await maker.close();
    authority = join(folder, 'ca.pem');
    await writeFile(authority, await certificateOf(proxy.endpoint));
    await writeFile(join(folder, 'in.txt'), 'one\ntwo\nzwölf\n');
    await writeFile(
      join(folder, 'job.yaml'),
      `rocketmq:
  endpoints: ${proxy.endpoint.replace('127.0.0.1', 'localhost')}
  tls: true
  namespace: tenant
  access_key: ${user.accessKey}
  secret_key: \${SECRET}
connectors:
  in: { source: file, topic: ${topic}, config: { path: ./in.txt } }
  out: { sink: file, topic: ${topic}, config: { path: ./out.txt } }
`,
    );
  });
  after(async () => {
    await proxy.stop();
    await rocketmq.stop();
    await removeFolder(folder);
  });

  const run = (env: Readonly<Record<string, string>>, ...options: readonly string[]): Promise<CliResult> =>
    runCli(['run', 'job.yaml', '--once', '--data-dir', join(folder, 'data'), ...options], {
      cwd: folder,
      // Where that is set it is gRPC's word on authorities.
      env: { GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: '', ...env },
    });

  test('a job with the keys runs, and its secret is shown nowhere', async () => {
    const env = { SECRET: user.secretKey, NODE_EXTRA_CA_CERTS: authority };
    const ended = await run(env, '--wait', '--log-level', 'debug');
    assert.equal(ended.code, 0, ended.stderr);
    const lines = (await readFile(join(folder, 'out.txt'), 'utf8')).split('\n');
    assert.deepEqual(lines.sort(), ['', 'one', 'two', 'zwölf']);
    // This proxy takes names as they are, whatever the namespace.
    const looker = connectCluster({ nameservers: [rocketmq.nameserver], ...user });
    const queues = (await looker.admin.topic(topic)) ?? [];
    await looker.close();
    assert.equal(
      queues.reduce((sum, { max }) => sum + max, 0),
      3,
    );
    assert.match(ended.stderr, / debug rocketmq-client-nodejs: /);
    assert.doesNotMatch(ended.stdout + ended.stderr, new RegExp(user.secretKey));
  });

  test('wrong keys are told at once', async () => {
    const ended = await run({ SECRET: 'not-the-secret', NODE_EXTRA_CA_CERTS: authority });
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /error: .*refuses access.*access_key.*40100/);
    assert.doesNotMatch(ended.stderr, /not-the-secret|trying again/);
  });

  test('a certificate that nobody vouches for is told as such', async () => {
    const ended = await run({ SECRET: user.secretKey });
    assert.equal(ended.code, 3, ended.stderr);
    assert.ok(ended.ms < 30_000, `${String(ended.ms)} ms`);
    assert.match(ended.stderr, /is not trusted: .*certificate/);
  });
});

/** What a server shows, as PEM. */
async function certificateOf(address: string): Promise<string> {
  const [host = '', port] = address.split(':');
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  try {
    await new Promise((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    return new X509Certificate(socket.getPeerCertificate().raw).toString();
  } finally {
    socket.destroy();
  }
}
