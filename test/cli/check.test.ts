/** `rmq-connect check`, as far as it needs no server but those it brings. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { CheckReport } from '../../src/cli/commands/check.js';
import { runCli, type CliResult } from '../rig/cli.js';
import { startEmbeddedRig, type EmbeddedRig } from '../rig/embedded-rig.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { freePort } from '../rig/rocketmq/ports.js';

type Told =
  | { readonly ok: true; readonly result: CheckReport }
  | { readonly ok: false; readonly error: CheckReport & { readonly code: string; readonly message: string } };

async function folderOf(t: TestContext): Promise<string> {
  const folder = await ownedFolder('check');
  t.after(() => removeFolder(folder));
  return folder;
}

async function checked(folder: string, job: object, ...more: string[]): Promise<CliResult & { told: Told }> {
  await writeFile(join(folder, 'job.yaml'), JSON.stringify({ name: 'job', ...job }));
  const ended = await runCli(['check', 'job.yaml', '--json', ...more], { cwd: folder });
  return { ...ended, told: JSON.parse(ended.stdout) as Told };
}

const reportOf = (told: Told): CheckReport => (told.ok ? told.result : told.error);
/** Of a connector or a system. */
const findingsOf = (told: Told, name: string): readonly string[] =>
  reportOf(told).subjects.flatMap((subject) =>
    (subject.connector ?? subject.system) === name
      ? subject.findings.map(({ level, what }) => `${level}: ${what}`)
      : [],
  );

/** A connector for every system on the network, at an address where something or nothing is. */
const networked = (at: string): Readonly<Record<string, object>> => {
  const sql = { mode: 'incrementing', table: 'orders', column: 'id' };
  return {
    'postgres-in': { source: 'postgres', config: { url: `postgres://app:sesame@${at}/shop`, ...sql } },
    'mysql-in': { source: 'mysql', config: { url: `mysql://app:sesame@${at}/shop`, ...sql } },
    'redis-in': { source: 'redis', config: { url: `redis://app:sesame@${at}`, keys: 'orders' } },
    'nats-in': { source: 'nats', config: { url: `nats://app:sesame@${at}`, stream: 'ORDERS' } },
    'mqtt-in': { source: 'mqtt', config: { url: `mqtt://app:sesame@${at}`, topics: 'orders' } },
    'rabbitmq-in': { source: 'rabbitmq', config: { url: `amqp://app:sesame@${at}`, queue: 'orders' } },
    'http-in': { source: 'http', config: { mode: 'poll', url: `http://app:sesame@${at}/orders` } },
    'postgres-out': { sink: 'postgres', config: { url: `postgres://app:sesame@${at}/shop` } },
    'mysql-out': { sink: 'mysql', config: { url: `mysql://app:sesame@${at}/shop` } },
    'redis-out': { sink: 'redis', config: { url: `redis://app:sesame@${at}` } },
    'nats-out': { sink: 'nats', config: { url: `nats://app:sesame@${at}` } },
    'mqtt-out': { sink: 'mqtt', config: { url: `mqtt://app:sesame@${at}` } },
    'rabbitmq-out': { sink: 'rabbitmq', config: { url: `amqp://app:sesame@${at}` } },
    'http-out': { sink: 'http', config: { url: `http://app:sesame@${at}/orders` } },
  };
};

const jobOf = (connectors: Readonly<Record<string, object>>): object => ({
  connectors: Object.fromEntries(
    Object.entries(connectors).map(([name, entry], index) => [
      name,
      'source' in entry
        ? { ...entry, topic: `topic-${String(index)}`, format: 'json' }
        : { ...entry, topics: ['orders'], format: 'json' },
    ]),
  ),
});

/** Every one of them, with what it was told. */
function assertUnreachable(
  { code, stdout, stderr, told }: CliResult & { told: Told },
  pattern: RegExp,
): void {
  assert.equal(code, 3, stdout);
  assert.equal(stderr, '');
  assert.ok(!told.ok && told.error.code === 'unreachable');
  assert.ok(!stdout.includes('sesame'), 'passwords are masked');
  for (const name of Object.keys(networked(''))) {
    const findings = findingsOf(told, name);
    assert.equal(findings.length, 1, `${name}: ${findings.join('; ')}`);
    assert.match(findings[0] ?? '', /^unreachable: /, name);
    assert.match(findings[0] ?? '', pattern, name);
  }
}

test('nothing listens there: every connector says so', async (t) => {
  const folder = await folderOf(t);
  const at = `127.0.0.1:${String(await freePort())}`;
  assertUnreachable(await checked(folder, jobOf(networked(at))), /ECONNREFUSED|closed/);
});

describe('something listens there that never answers', () => {
  let server: Server;
  before(async () => {
    server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.close();
  });

  test('every connector gives up after the timeout, and says so', async (t) => {
    const folder = await folderOf(t);
    const at = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const ended = await checked(folder, jobOf(networked(at)), '--timeout', '1s');
    assertUnreachable(ended, /./);
    assert.ok(ended.ms < 10_000, `it took ${ended.ms.toFixed(0)} ms`);
  });

  test('so does a name server', async (t) => {
    const folder = await folderOf(t);
    const nameserver = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const ended = await checked(
      folder,
      { rocketmq: { nameserver }, ...jobOf({ made: { source: 'generate', config: { count: 1 } } }) },
      '--timeout',
      '1s',
    );
    assert.equal(ended.code, 3, ended.stdout);
    assert.match(findingsOf(ended.told, `RocketMQ: ${nameserver}`).join(), /^unreachable: /);
    assert.ok(ended.ms < 10_000, `it took ${ended.ms.toFixed(0)} ms`);
  });
});

test('a job that lacks nothing: exit 0, and nothing is made', async (t) => {
  const folder = await folderOf(t);
  await writeFile(join(folder, 'in.txt'), 'a\n');
  const { code, stderr, told } = await checked(
    folder,
    jobOf({
      in: { source: 'file', config: { path: 'in.txt' } },
      made: { source: 'generate', config: { count: 1 } },
      taken: { source: 'http', config: { listen: String(await freePort()) } },
      out: { sink: 'file', config: { path: 'out/{topic}.txt' } },
      print: { sink: 'console', config: {} },
    }),
  );
  assert.equal(code, 0, stderr);
  assert.ok(told.ok);
  assert.deepEqual([told.result.problems, told.result.warnings], [0, 0]);
  assert.deepEqual(findingsOf(told, 'in'), ['ok: files that can be read: 1']);
  assert.deepEqual(findingsOf(told, 'out'), [`ok: ${join(folder, 'out')} is made`]);
  assert.deepEqual(findingsOf(told, 'print'), ['ok: nothing to look at']);
  assert.deepEqual((await readdir(folder)).sort(), ['in.txt', 'job.yaml']);
});

test('text for people: what is missing, and what to do', async (t) => {
  const folder = await folderOf(t);
  const used = createServer().listen(0, '127.0.0.1');
  await once(used, 'listening');
  t.after(() => used.close());
  const listen = String((used.address() as AddressInfo).port);
  await writeFile(
    join(folder, 'job.yaml'),
    JSON.stringify({ name: 'job', ...jobOf({ taken: { source: 'http', config: { listen } } }) }),
  );
  const { code, stdout, stderr } = await runCli(['check', 'job.yaml'], { cwd: folder });
  assert.equal(code, 4);
  assert.match(
    stdout,
    /taken {2}source http\n {4}problem: the server cannot listen on .*EADDRINUSE.*\n {6}→ choose another port/,
  );
  assert.equal(stderr, 'error: 1 problem found\n');
});

test('a folder that cannot be written to', async (t) => {
  if (process.getuid?.() === 0) {
    t.skip('root may write everywhere');
    return;
  }
  const folder = await folderOf(t);
  await mkdir(join(folder, 'closed'));
  await chmod(join(folder, 'closed'), 0o500);
  const { code, told } = await checked(
    folder,
    jobOf({ out: { sink: 'file', config: { path: 'closed/out.txt' } } }),
  );
  assert.equal(code, 4);
  assert.match(findingsOf(told, 'out').join(), /^problem: cannot write to .*closed: no permission/);
});

test('a job that is wrong: exit 2, before anything is looked at', async (t) => {
  const folder = await folderOf(t);
  const { code, stdout } = await checked(folder, jobOf({ in: { source: 'file', config: {} } }));
  assert.equal(code, 2);
  assert.match(stdout, /"code":"definition"/);
});

describe('a RocketMQ', () => {
  let rig: EmbeddedRig;
  before(async () => {
    rig = await startEmbeddedRig(120_000);
  });
  after(() => rig.stop());

  test('topics that are there, that are made, and that may not be', async (t) => {
    const folder = await folderOf(t);
    const cwd = { cwd: folder };
    const rocketmq = { nameserver: rig.nameserver };
    const a = { source: 'generate', topic: 'known', format: 'json', config: { count: 1 } };
    await writeFile(
      join(folder, 'first.yaml'),
      JSON.stringify({ name: 'first', rocketmq, connectors: { a } }),
    );
    const ran = await runCli(['run', 'first.yaml', '--once'], cwd);
    assert.equal(ran.code, 0, ran.stderr);
    const { code, told } = await checked(folder, {
      rocketmq,
      connectors: {
        a,
        b: { source: 'generate', topic: 'new', format: 'json', config: { count: 1 } },
        b2: { sink: 'console', topics: ['new'], format: 'json' },
        c: { sink: 'console', topics: ['absent'], format: 'json', create_topics: false },
        m: {
          mirror: 'rocketmq',
          config: {
            from: { name: 'here', nameserver: rig.nameserver },
            to: { name: 'there', nameserver: '127.0.0.1:1' },
            topics: ['known', 'other_*'],
          },
        },
      },
    });
    const all = findingsOf(told, `RocketMQ: ${rig.nameserver}`);
    assert.equal(new Set(all).size, all.length, 'what is written and read is told once');
    const findings = all.join('\n');
    assert.match(findings, /ok: 127.0.0.1:\d+ answers, with 1 broker/);
    assert.match(findings, /ok: topic known is there, with \d+ queues/);
    assert.match(findings, /ok: topic new is not there yet; it is made at the start, with \d+ queues/);
    assert.match(findings, /problem: topic absent does not exist/);
    assert.match(findings, /ok: group \S+ is not there yet/);
    assert.match(findings, /ok: mirror m copies 1 topic from here/);
    assert.match(findings, /warning: mirror m: no topic other_\* is here yet/);
    assert.match(findingsOf(told, 'RocketMQ: 127.0.0.1:1').join(), /^unreachable: /);
    assert.equal(code, 3);
    const topics = await runCli(['topics', 'list', '--nameserver', rig.nameserver], cwd);
    assert.doesNotMatch(topics.stdout, /\bnew\b|\babsent\b/, 'nothing was made');
  });
});
