/** A real proxy: its numbers beside mqadmin's, order, and what is missing there. */
import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { cliJson, runCli, startCli } from '../rig/cli.js';
import { copyJob } from '../rig/copy-job.js';
import { runJava } from '../rig/java.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { Proxied } from '../rig/proxied.js';
import { quickstartIn } from '../rig/quickstart.js';
import { sinkQueues, type Lag, type OffsetsShow, type SinkOffsets } from '../rig/results.js';
import { consumerProgress } from '../rig/rocketmq/consumer-progress.js';
import { until } from '../rig/until.js';
import { atEnd } from '../temp-folder.js';

const exactly = { missing: 0, duplicates: 0, damaged: 0 };

describe('a real proxy', () => {
  let proxied: Proxied;
  before(async () => {
    proxied = await Proxied.start('grpc');
  });
  after(() => proxied.stop());

  test('what the proxy does not tell is unknown, with the reason', async (t) => {
    const job = await proxied.job(100, 'unknown');
    t.after(() => job.remove());
    const ended = await runCli(job.runOnce, { cwd: job.folder });
    assert.equal(ended.code, 0, ended.stderr);
    const looking = { cwd: job.folder };
    const args = ['--data-dir', job.dataDir];
    const shown = await cliJson<OffsetsShow>(['offsets', 'show', ...args], looking);
    const sink = shown.connectors.find((one): one is SinkOffsets => one.kind === 'sink');
    assert.equal(sink?.queues, null);
    assert.match(sink.reason ?? '', /nameserver/);
    const text = await runCli(['offsets', 'show', ...args], looking);
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /unknown: offsets are unknown.*proxy/);
    const lag = await cliJson<Lag>(['lag', ...args], looking);
    assert.equal(lag.connectors.find(({ kind }) => kind === 'sink')?.lag.records, null);
    assert.equal(lag.total.records, null);
    const checked = await runCli(['lag', '--max', '0', ...args], looking);
    assert.equal(checked.code, 4);
    const moved = await runCli(['offsets', 'reset', 'write-lines', '--yes', ...args], looking);
    assert.equal(moved.code, 1);
    assert.match(moved.stderr, /offsets are unknown.*proxy.*with nameserver:/);
  });

  test('with a name server beside, topics and groups are made, and the numbers are those of mqadmin', async (t) => {
    const { nameserver } = proxied.rocketmq;
    const job = await copyJob({
      lines: 20_000,
      topic: 'beside',
      nameserver,
      endpoints: proxied.proxy.endpoint,
    });
    t.after(() => job.remove());
    const ended = await runCli(job.runOnce, { cwd: job.folder });
    assert.equal(ended.code, 0, ended.stderr);
    const { missing, duplicates, damaged } = await job.arrival();
    assert.deepEqual({ missing, duplicates, damaged }, exactly);
    const args = ['--data-dir', job.dataDir];
    const shown = await cliJson<OffsetsShow>(['offsets', 'show', ...args], { cwd: job.folder });
    const { stdout } = await proxied.rocketmq.admin(['consumerProgress', '-g', job.group]);
    const ours = sinkQueues(shown).map(({ topic, broker, queue, max, offset, lag }) => {
      return { topic, broker, queue, max, offset, lag };
    });
    assert.deepEqual(ours, consumerProgress(stdout, job.topic));
    const lag = await cliJson<Lag>(['lag', ...args], { cwd: job.folder });
    assert.equal(lag.total.records, 0);
  });

  test('what is delivered and not written counts as behind, while it runs', async (t) => {
    const { nameserver } = proxied.rocketmq;
    // A disk that is always full.
    const where = { nameserver, endpoints: proxied.proxy.endpoint, outputPath: '/dev/full' };
    const job = await copyJob({ lines: 500, topic: 'held', ...where });
    t.after(() => job.remove());
    const [, file = '', , ...rest] = job.runOnce;
    const worker = startCli(['run', file, ...rest], { cwd: job.folder });
    t.after(() => worker.kill());
    const args = ['--data-dir', job.dataDir];
    const looking = { cwd: job.folder };
    // The broker moves a group's offset some seconds after the delivery: so both are asked until they agree.
    const agreed = async (): Promise<string | undefined> => {
      const shown = await cliJson<OffsetsShow>(['offsets', 'show', ...args], looking);
      const sink = shown.connectors.find((one): one is SinkOffsets => one.kind === 'sink');
      const { stdout } = await proxied.rocketmq.admin(['consumerProgress', '-g', job.group]);
      const theirs = consumerProgress(stdout, job.topic);
      const lag = await cliJson<Lag>(['lag', ...args], looking);
      const held = sink?.unacknowledged ?? 0;
      const diff = theirs.reduce((sum, queue) => sum + queue.lag, 0);
      const same = theirs.every(({ queue, offset, lag: behind }) =>
        sink?.queues?.some((our) => our.queue === queue && our.offset === offset && our.lag === behind),
      );
      const all = lag.connectors.find(({ kind }) => kind === 'sink')?.lag.records;
      return held > 0 && theirs.length > 0 && same && all === diff + held
        ? `mqadmin: ${String(diff)} behind; delivered and not written: ${String(held)}; lag: ${String(all)}`
        : undefined;
    };
    t.diagnostic(await until('our numbers and those of mqadmin to agree', agreed, { deadlineMs: 120_000 }));
    worker.signal('SIGINT');
    await worker.ended;
  });

  test('a FIFO topic keeps the records of an ordering key in order, in one queue', async (t) => {
    const folder = await ownedFolder('ordering');
    t.after(() => removeFolder(folder));
    await proxied.makeTopic('ordered', 'FIFO');
    const users = ['ann', 'bob', 'cem', 'dan', 'eve'];
    const records = Array.from({ length: 200 }, (_, n) => ({ user: users[(n * n + 2 * n) % 5], n }));
    await writeFile(join(folder, 'in.txt'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    await writeFile(
      join(folder, 'job.yaml'),
      `rocketmq: { endpoints: '${proxied.proxy.endpoint}' }
connectors:
  in: { source: file, topic: ordered, format: json, ordering_key: user, config: { path: ./in.txt } }
`,
    );
    const run = ['run', 'job.yaml', '--once', '--wait', '--data-dir', join(folder, 'data')];
    const ended = await runCli(run, { cwd: folder });
    assert.equal(ended.code, 0, ended.stderr);
    const cluster = connectCluster({ nameservers: [proxied.rocketmq.nameserver] });
    atEnd(t, () => cluster.close());
    const stored: { user: string; n: number; queue: number }[] = [];
    for (const queue of (await cluster.admin.topic('ordered')) ?? []) {
      for (const { body } of await cluster.admin.peek(queue, 0, 200)) {
        stored.push({ ...(JSON.parse(body.toString()) as { user: string; n: number }), queue: queue.queue });
      }
    }
    assert.equal(stored.length, 200);
    for (const user of users) {
      const of = stored.filter((record) => record.user === user);
      const sent = records.filter((record) => record.user === user).map(({ n }) => n);
      assert.deepEqual(
        of.map(({ n }) => n),
        sent,
      );
      assert.equal(new Set(of.map(({ queue }) => queue)).size, sent.length === 0 ? 0 : 1, user);
    }
  });

  test('what Java compressed arrives as it was, whatever compressed it', async (t) => {
    const job = await proxied.job(4, 'compressed');
    t.after(() => job.remove());
    const { nameserver, brokerName } = proxied.rocketmq;
    await runJava('SendCompressed', [nameserver, 'compressed', brokerName]);
    const ended = await runCli(job.runOnce, { cwd: job.folder });
    assert.equal(ended.code, 0, ended.stderr);
    const lines = (await readFile(job.output, 'utf8')).split('\n');
    const text = 'compressed by Java, '.repeat(40);
    assert.equal(lines.filter((line) => line === text).length, 3);
  });

  test('the quickstart gives what it gives without RocketMQ, once all is made as its errors say', async (t) => {
    const folder = await ownedFolder('quickstart');
    t.after(() => removeFolder(folder));
    const job = await quickstartIn(folder);
    const run = ['run', job, '--once', '--wait', '--data-dir', join(folder, 'data')];
    const on = ['--set', `rocketmq.endpoints=${proxied.proxy.endpoint}`];
    await until(
      'it to end well',
      async () => {
        const ended = await runCli([...run, ...on], { cwd: folder });
        if (ended.code === 0) return true;
        const told = [...ended.stderr.matchAll(/mqadmin (\w+) -n <nameserver> -c <cluster> (-[^()\n]*)/g)];
        for (const [, command = '', rest = ''] of told) {
          await proxied.rocketmq.admin([
            command,
            '-c',
            proxied.rocketmq.clusterName,
            ...rest.trim().split(' '),
          ]);
        }
        return undefined;
      },
      { deadlineMs: 180_000 },
    );
    const sorted = (text: string): readonly string[] => text.split('\n').sort();
    const data = join(folder, 'examples/data');
    const logs = await Promise.all((await readdir(data)).map((name) => readFile(join(data, name), 'utf8')));
    const copied = await readFile(join(folder, 'examples/out/quickstart.txt'), 'utf8');
    assert.deepEqual(sorted(copied), sorted(logs.join('')));
  });

  test('a missing topic and a missing group are told in time, with the command that makes them', async (t) => {
    const job = await copyJob({ lines: 100, topic: 'not-there', endpoints: proxied.proxy.endpoint });
    t.after(() => job.remove());
    const noTopic = await runCli(job.runOnce, { cwd: job.folder });
    assert.equal(noTopic.code, 1);
    assert.ok(noTopic.ms < 30_000, `${String(noTopic.ms)} ms`);
    assert.match(noTopic.stderr, /mqadmin updateTopic .* -t not-there -a \+message\.type=NORMAL/);

    const other = await copyJob({ lines: 100, topic: 'no-group', endpoints: proxied.proxy.endpoint });
    t.after(() => other.remove());
    await proxied.makeTopic('no-group');
    const noGroup = await runCli(other.runOnce, { cwd: other.folder });
    assert.equal(noGroup.code, 1);
    assert.ok(noGroup.ms < 30_000, `${String(noGroup.ms)} ms`);
    assert.match(noGroup.stderr, /mqadmin updateSubGroup .* -g no-group-archive/);
  });
});
