/** A real broker that is away for a minute, and topics that grow. */
import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { cliJson, startCli } from '../rig/cli.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';
import { until } from '../rig/until.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';

let rocketmq: RealRocketmq;
before(async () => {
  rocketmq = await startRocketmq({ name: 'away' });
});
after(() => rocketmq.stop());

const lines = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${String(from + n)} ${'x'.repeat(n % 50)}`);

test('the broker is killed and away for a minute: nothing is lost, and sources repeat nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const input = join(folder, 'in.log');
  const all = lines(0, 60_000);
  await writeFile(input, `${all.slice(0, 30_000).join('\n')}\n`);
  await writeFile(
    join(folder, 'job.yaml'),
    `rocketmq: { nameserver: "${rocketmq.nameserver}" }
connectors:
  read: { source: file, topic: away, stalled_after_ms: 20000, config: { path: ./in.log } }
  write: { sink: file, topic: away, config: { path: ./out.txt } }
`,
  );
  const worker = startCli(['run', 'job.yaml'], { cwd: folder, deadlineMs: 600_000 });
  atEnd(t, () => worker.kill());
  const output = async (): Promise<readonly string[]> =>
    (await readFile(join(folder, 'out.txt'), 'utf8').catch(() => ''))
      .split('\n')
      .filter((line) => line !== '');
  await until('some lines', async () => ((await output()).length > 1_000 ? true : undefined));
  await rocketmq.killBroker();
  await appendFile(input, `${all.slice(30_000).join('\n')}\n`);
  await pause(60_000);
  const { tasks } = await cliJson<{ tasks: { connector: string; detail: { code: string } | null }[] }>(
    ['tasks', 'list'],
    { cwd: folder },
  );
  assert.equal(tasks.find(({ connector }) => connector === 'read')?.detail?.code, 'stalled');
  await rocketmq.startBroker();
  await until('all lines', async () => (new Set(await output()).size === all.length ? true : undefined), {
    deadlineMs: 120_000,
    everyMs: 500,
  });
  worker.signal('SIGTERM');
  assert.equal((await worker.ended).code, 0);
  const cluster = connectCluster({ nameservers: [rocketmq.nameserver] });
  atEnd(t, () => cluster.close());
  const queues = (await cluster.admin.topic('away')) ?? [];
  assert.equal(
    queues.reduce((sum, { min, max }) => sum + max - min, 0),
    all.length,
  );
});

test('queues that are added to a topic are read, and new partitions go there', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'in-0.log'), `${lines(0, 100).join('\n')}\n`);
  await writeFile(
    join(folder, 'job.yaml'),
    `rocketmq: { nameserver: "${rocketmq.nameserver}" }
topic_queues: 1
connectors:
  grow-read: { source: file, topic: grows, config: { path: ./in-*.log } }
  grow-write: { sink: file, topic: grows, config: { path: ./out.txt } }
`,
  );
  const worker = startCli(['run', 'job.yaml'], { cwd: folder, deadlineMs: 600_000 });
  atEnd(t, () => worker.kill());
  const count = async (): Promise<number> =>
    (await readFile(join(folder, 'out.txt'), 'utf8').catch(() => '')).split('\n').length - 1;
  await until('the first lines', async () => ((await count()) === 100 ? true : undefined));
  await rocketmq.admin(['updateTopic', '-c', rocketmq.clusterName, '-t', 'grows', '-r', '4', '-w', '4']);
  const cluster = connectCluster({ nameservers: [rocketmq.nameserver] });
  atEnd(t, () => cluster.close());
  let file = 0;
  await until(
    'a new queue to be written to',
    async () => {
      file += 1;
      await writeFile(join(folder, `in-${String(file)}.log`), `${lines(1_000 * file, 10).join('\n')}\n`);
      await pause(2_000);
      const queues = (await cluster.admin.topic('grows')) ?? [];
      return queues.filter(({ max }) => max > 0).length > 1 ? true : undefined;
    },
    { deadlineMs: 120_000 },
  );
  await until('all lines', async () => ((await count()) === 100 + 10 * file ? true : undefined), {
    deadlineMs: 120_000,
  });
  worker.signal('SIGTERM');
  assert.equal((await worker.ended).code, 0);
});
