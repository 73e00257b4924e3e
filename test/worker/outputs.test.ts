import assert from 'node:assert/strict';
import { access, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { SinkDefinition } from '../../src/job/definition.js';
import { until } from '../rig/until.js';
import { FaultBench, values, type BenchWorker } from './fault-bench.js';
import { MemorySink } from './memory-plugin.js';

/** Two sinks of one job that write to these places. */
async function twoOf(t: TestContext, writes: (folder: string) => { writes?: string[]; writesIn?: string[] }) {
  const bench = await FaultBench.open(t);
  await bench.cluster.admin.createTopic({ topic: bench.topic, queues: 2 });
  const resources = { reads: [], writes: [], ...writes(bench.folder) };
  const sink = (change: Partial<SinkDefinition> = {}): { memory: MemorySink; definition: SinkDefinition } => {
    const memory = new MemorySink();
    const plugin = { ...memory.plugin, resources: () => Promise.resolve(resources) };
    return { memory, definition: bench.sink(memory, { sink: plugin, ...change }) };
  };
  const send = async (bodies: readonly string[]): Promise<void> => {
    const producer = bench.cluster.producer('test');
    for (const queue of await producer.queues(bench.topic)) {
      await producer.send(
        queue,
        bodies.map((body) => ({ body: Buffer.from(`${body} ${String(queue.queue)}`) })),
      );
    }
    await producer.close();
  };
  return { bench, sink, send };
}

const standby = (worker: BenchWorker): Promise<string> =>
  until('standing by', () => {
    const task = worker.task();
    return task?.state === 'standby' ? (task.detail?.message ?? '') : undefined;
  });

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

test('a second worker on this machine whose sink writes to the same file stands by, takes no queue, and goes on after the first', async (t) => {
  const { bench, sink, send } = await twoOf(t, (folder) => ({ writes: [join(folder, 'out.txt')] }));
  const lock = join(bench.folder, '.out.txt.lock');
  const [first, second] = [sink(), sink()];
  const one = await bench.start([first.definition], { name: 'one' });
  await send(values('a', 50));
  await until('all', () => (first.memory.records.length === 100 ? true : undefined));
  const two = await bench.start([second.definition], { name: 'two' });
  const message = await standby(two);
  assert.match(message, /out\.txt is written by connector out of .*one, process \d+ on .*, since/);
  assert.equal((await bench.cluster.admin.groupMembers('g')).length, 1, 'it is no member of the group');
  await send(values('b', 50));
  await until('all', () => (first.memory.records.length === 200 ? true : undefined));
  await one.worker.stop();
  await send(values('c', 50));
  await until('the second to go on', () => (second.memory.records.length === 100 ? true : undefined));
  assert.equal(await isThere(lock), true);
  assert.deepEqual((await two.worker.stop()).failures, []);
  assert.equal(await isThere(lock), false);
  assert.equal(two.events.filter(({ type }) => type === 'standby').length, 1);
});

test('the same where it is another sink, and its file is a link to that one', async (t) => {
  const { bench, sink } = await twoOf(t, (folder) => ({ writes: [join(folder, 'out.txt')] }));
  await writeFile(join(bench.folder, 'out.txt'), '');
  await symlink(join(bench.folder, 'out.txt'), join(bench.folder, 'link.txt'));
  const one = await bench.start([sink().definition], { name: 'one' });
  await until('the first to run', () => (one.task()?.state === 'running' ? true : undefined));
  const other = sink({ name: 'other', group: 'h' });
  const resources = { reads: [], writes: [join(bench.folder, 'link.txt')] };
  const definition = {
    ...other.definition,
    sink: { ...other.definition.sink, resources: () => Promise.resolve(resources) },
  };
  const two = await bench.start([definition], { name: 'two' });
  assert.match(await standby(two), /link\.txt is written by connector out/);
  await one.worker.stop();
  await until('the second to run', () => (two.task()?.state === 'running' ? true : undefined));
});

test('one group writes into a folder from one worker at a time; another group is not kept from it', async (t) => {
  const { bench, sink } = await twoOf(t, (folder) => ({ writesIn: [join(folder, 'many')] }));
  const one = await bench.start([sink().definition], { name: 'one' });
  await until('the first to run', () => (one.task()?.state === 'running' ? true : undefined));
  const two = await bench.start([sink().definition], { name: 'two' });
  assert.match(await standby(two), /many is written by connector out/);
  assert.deepEqual((await two.worker.stop()).failures, [], 'to wait is no failure');
  const three = await bench.start([sink({ name: 'other', group: 'h' }).definition], { name: 'three' });
  await until('the third to run', () => (three.task()?.state === 'running' ? true : undefined));
});

test('a sink that starts again after a failure keeps its file, and hears that nobody else had it', async (t) => {
  const { bench, sink } = await twoOf(t, (folder) => ({ writes: [join(folder, 'out.txt')] }));
  const { definition } = sink();
  const undisturbed: boolean[] = [];
  const start: SinkDefinition['sink']['start'] = async (config, context) => {
    undisturbed.push(context.undisturbed);
    if (undisturbed.length < 3) throw new Error('not yet');
    return definition.sink.start(config, context);
  };
  const worker = await bench.start([{ ...definition, sink: { ...definition.sink, start } }]);
  await until('the third start', () => (worker.task()?.state === 'running' ? true : undefined));
  assert.deepEqual(undisturbed, [false, true, true]);
});

test('what is no file needs no lock', async (t) => {
  const { bench, sink } = await twoOf(t, () => ({ writes: ['/dev/null', 'not a path'] }));
  await mkdir(join(bench.folder, 'x'));
  for (const name of ['one', 'two']) {
    const worker = await bench.start([sink().definition], { name });
    await until('it to run', () => (worker.task()?.state === 'running' ? true : undefined));
  }
});
