import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Frame } from '../../src/rocketmq/remoting/codec/frame.js';
import { until } from '../rig/until.js';
import { FaultyProxy, type Fate } from '../rig/faulty-proxy.js';
import { atEnd } from '../temp-folder.js';
import { FaultBench, twice, values, type BenchWorker } from './fault-bench.js';
import { MemorySink, MemorySource } from './memory-plugin.js';

/** SEND_BATCH_MESSAGE */
const sendBatch = 320;

/** Not the markers of the fence: they are batches too. */
function sendsTo({ code, extFields }: Frame['header'], topic: string): boolean {
  return code === sendBatch && extFields?.b === topic;
}

/** The fate of the first `count` sends. */
function firstSends(count: number, fate: Fate): { fate: FaultyProxy['fate']; left: () => number } {
  let left = count;
  return {
    left: () => left,
    fate: ({ header }) => {
      if (!sendsTo(header, 't') || left === 0) return 'pass';
      left -= 1;
      return fate;
    },
  };
}

function failures({ events }: BenchWorker): readonly string[] {
  return events.filter(({ type }) => type === 'task_failed').map(({ message }) => message);
}

for (const [code, remark] of [
  [2, '[TIMEOUT_CLEAN_QUEUE]broker busy'],
  [215, 'flow control'],
  [14, 'the disk is full'],
] as const) {
  test(`a broker that answers ${code} (${remark}) is asked again, in place`, async (t) => {
    const bench = await FaultBench.open(t);
    const refused = firstSends(4, { code, remark });
    bench.proxy.fate = refused.fate;
    const source = new MemorySource();
    source.add('a', values('a', 300));
    const running = await bench.start([bench.source(source)], { once: true });
    await until('the cause to be shown', () =>
      running.task()?.error?.message.includes(`code ${code}`) === true ? true : undefined,
    );
    assert.equal(running.task()?.error?.code, 'busy');
    assert.deepEqual((await running.worker.done).failures, []);
    assert.equal(refused.left(), 0);
    assert.deepEqual(await bench.bodies(), values('a', 300));
    assert.deepEqual(failures(running), []);
  });
}

test('a broker that gives no permission fails the task with the cause, and it goes on when it is given', async (t) => {
  const bench = await FaultBench.open(t);
  bench.proxy.fate = firstSends(2, { code: 16, remark: 'the broker sending message is forbidden' }).fate;
  const source = new MemorySource();
  source.add('a', values('a', 300));
  const running = await bench.start([bench.source(source)]);
  await bench.stored(300);
  await running.worker.stop();
  assert.deepEqual(await bench.bodies(), values('a', 300));
  const task = running.task();
  assert.equal(task?.failures.length, 2);
  assert.ok(
    task.failures.every((failure) => failure.code === 'denied' && failure.message.includes('forbidden')),
  );
  assert.equal(task.error, null);
});

for (const [fate, where] of [
  ['cut', 'a request'],
  ['mute', 'an answer'],
] as const) {
  test(`a connection that is cut in the middle of ${where} loses nothing, and nothing comes twice`, async (t) => {
    const bench = await FaultBench.open(t);
    const source = new MemorySource();
    let sends = 0;
    bench.proxy.fate = ({ header }) => {
      if (!sendsTo(header, 't')) return 'pass';
      sends += 1;
      return sends % 3 === 2 ? fate : 'pass';
    };
    for (const name of ['a', 'b', 'c']) source.add(name, values(name, 700));
    const definition = bench.source(source, { tasks: 3, createTopics: { queues: 4 } });
    const running = await bench.start([definition], { once: true });
    assert.deepEqual((await running.worker.done).failures, []);
    assert.ok(sends > 3);
    const bodies = await bench.bodies();
    assert.deepEqual(twice(bodies), []);
    for (const name of ['a', 'b', 'c']) {
      assert.deepEqual(
        bodies.filter((body) => body.startsWith(name)),
        values(name, 700),
      );
    }
  });
}

test('a name server that is gone while routes are known stops nobody', async (t) => {
  const bench = await FaultBench.open(t);
  const nameServer = await FaultyProxy.before(bench.cluster.address);
  atEnd(t, () => nameServer.close());
  const source = new MemorySource();
  source.add('a', values('a', 100));
  const running = await bench.start([bench.source(source)], { nameserver: nameServer.address });
  await bench.stored(100);
  await nameServer.close();
  source.add('a', values('a', 100, 100));
  await bench.stored(200);
  // The connections to the broker break too: the right to send is renewed without a name server.
  bench.proxy.cut();
  source.add('a', values('a', 100, 200));
  await bench.stored(300);
  await running.worker.stop();
  assert.deepEqual(await bench.bodies(), values('a', 300));
});

test('a topic that is deleted under the worker is waited for, and said so', async (t) => {
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  source.add('a', values('a', 100));
  const running = await bench.start([bench.source(source)]);
  await bench.stored(100);
  await bench.cluster.admin.deleteTopic('t');
  source.add('a', values('a', 50, 100));
  const failed = await until('the cause to be shown', () => {
    const error = running.task()?.error;
    return error?.code === 'topic_not_found' ? error : undefined;
  });
  assert.match(failed.message, /topic t|t\]/);
  await bench.cluster.admin.createTopic({ topic: 't', queues: 1 });
  await bench.stored(50);
  await running.worker.stop();
  assert.deepEqual(await bench.bodies(), values('a', 50, 100));
  assert.match(running.events.map(({ message }) => message).join('\n'), /topic t was made anew/);
});

test('a clock that is set back, or far ahead, changes nothing', async (t) => {
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  const real = Date.now;
  atEnd(t, () => Promise.resolve((Date.now = real)));
  bench.proxy.fate = firstSends(3, { code: 2, remark: 'busy' }).fate;
  source.add('a', values('a', 100));
  const running = await bench.start([bench.source(source)]);
  Date.now = () => real() - 3_600_000;
  await bench.stored(100);
  Date.now = () => real() + 24 * 3_600_000;
  bench.proxy.cut();
  source.add('a', values('a', 100, 100));
  await bench.stored(200);
  await running.worker.stop();
  assert.deepEqual(await bench.bodies(), values('a', 200));
  const ids = (await bench.messages()).map(({ id }) => id);
  assert.equal(new Set(ids).size, 200);
});

for (const [what, text, said] of [
  ['torn', '{"version":1,"connec', /cannot be read \(it is not JSON\); restore it/],
  ['empty', '', /cannot be read \(it is not JSON\)/],
  [
    'of a newer version',
    '{"version":2,"connector":"in","places":[]}',
    /written by a newer rmq-connect, in version 2/,
  ],
  [
    'of a foreign connector',
    '{"version":1,"connector":"other","clean":true,"writers":[],"tails":[],"partitions":{}}',
    /it belongs to connector other/,
  ],
] as const) {
  test(`a positions file that is ${what} fails the source at once, is named, and left as it is`, async (t) => {
    const bench = await FaultBench.open(t);
    const source = new MemorySource();
    source.add('a', values('a', 10));
    const first = await bench.start([bench.source(source)], { once: true });
    await first.worker.done;
    const { path } = first.dataDir.connector('in').positions;
    await writeFile(path, text);
    const { worker, events } = await bench.start([bench.source(source)], { once: true });
    const [failed] = (await worker.done).failures;
    assert.equal(failed?.failure.code, 'corrupt_file');
    assert.ok(failed.failure.message.startsWith(path));
    assert.match(failed.failure.message, said);
    assert.deepEqual(
      events.filter(({ type }) => type === 'task_restarting'),
      [],
    );
    assert.equal(await readFile(path, 'utf8'), text);
    assert.equal((await bench.bodies()).length, 10);
  });
}

test('what a sink knows of its queues is torn: it fails at once, the file is named, and nothing of it stays open', async (t) => {
  const bench = await FaultBench.open(t);
  const sink = new MemorySink();
  const first = await bench.start([bench.sink(sink)], { once: true });
  await first.worker.done;
  const { path } = first.dataDir.connector('out').queueMarks;
  await writeFile(path, '{"version":1,"connec');
  const { worker } = await bench.start([bench.sink(sink)], { once: true });
  const [failed] = (await worker.done).failures;
  assert.equal(failed?.failure.code, 'corrupt_file');
  assert.ok(failed.failure.message.startsWith(path));
  assert.equal(sink.open, 0);
});
