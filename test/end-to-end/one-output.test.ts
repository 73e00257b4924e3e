/** Two workers of one job that would append to one file: they take turns, and lose nothing. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { cliJson, startCli, type RunningCli } from '../rig/cli.js';
import type { TasksList } from '../rig/results.js';
import { until } from '../rig/until.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';

test('one of two workers with one output file is killed: the other takes the file over, and no line is lost', async (t) => {
  const folder = await temporaryFolder(t);
  const broker = await startEmbeddedBroker({ dir: join(folder, 'broker') });
  atEnd(t, () => broker.close());
  const cluster = connectCluster({ nameservers: [broker.address] });
  atEnd(t, () => cluster.close());
  await cluster.admin.createTopic({ topic: 'lines', queues: 2 });
  await writeFile(
    join(folder, 'job.yaml'),
    `rocketmq: { nameserver: "${broker.address}" }
connectors:
  write: { sink: file, topic: lines, commit_interval_ms: 60000, config: { path: ./out.txt } }
`,
  );
  const start = (dataDir: string): RunningCli => {
    const worker = startCli(['run', 'job.yaml', '--data-dir', dataDir], { cwd: folder });
    atEnd(t, () => worker.kill());
    return worker;
  };
  const sent = new Set<string>();
  const producer = cluster.producer('test');
  const send = async (): Promise<void> => {
    for (const queue of await producer.queues('lines')) {
      const lines = Array.from({ length: 100 }, (_, n) => `${String(queue.queue)}:${String(sent.size + n)}`);
      await producer.send(
        queue,
        lines.map((line) => ({ body: Buffer.from(line) })),
      );
      for (const line of lines) sent.add(line);
    }
  };
  const written = async (): Promise<string[]> =>
    (await readFile(join(folder, 'out.txt'), 'utf8')).split('\n').slice(0, -1);
  const allWritten = (): Promise<true> =>
    until('all lines', async () => (new Set(await written()).size === sent.size ? true : undefined), {
      deadlineMs: 45_000,
    });

  await send();
  const first = start('one');
  await allWritten();
  const second = start('two');
  await second.printed(/standing by: .*out\.txt is written by connector write of .*one, process \d+/);
  await until('tasks list to show it', async () => {
    const { tasks } = await cliJson<TasksList>(['tasks', 'list', '--data-dir', 'two'], { cwd: folder });
    return tasks[0]?.state === 'standby' ? true : undefined;
  });
  await send();
  await allWritten();
  assert.equal((await written()).length, sent.size, 'nothing is written twice while the first runs');

  await first.kill();
  await send();
  await allWritten();
  const third = start('one');
  await third.printed(/standing by: .*out\.txt is written by connector write of .*two/);
  second.signal('SIGTERM');
  assert.equal((await second.ended).code, 0);
  const before = (await written()).length;
  await send();
  await third.printed(/another worker may have written to .*out\.txt since, so it is left as it is/);
  await allWritten();
  assert.equal((await written()).length, before + 200, 'an orderly hand-over writes nothing twice');
  third.signal('SIGTERM');
  assert.equal((await third.ended).code, 0);
  t.diagnostic(`${String((await written()).length - sent.size)} of ${String(sent.size)} lines written twice`);
});
