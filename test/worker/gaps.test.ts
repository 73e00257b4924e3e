import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Producer } from '../../src/rocketmq/cluster.js';
import { ConnectorError } from '../../src/sdk/index.js';
import { until } from '../rig/until.js';
import { FaultBench, values } from './fault-bench.js';
import { MemorySink } from './memory-plugin.js';

async function send(producer: Producer, bodies: readonly string[]): Promise<void> {
  const [queue] = await producer.queues('t');
  assert.ok(queue !== undefined);
  for (let at = 0; at < bodies.length; at += 500) {
    const messages = bodies.slice(at, at + 500).map((body) => ({ body: Buffer.from(body), key: 'k' }));
    await producer.send(queue, messages);
  }
}

/** Writes what is there, and ends. */
async function drain(
  bench: FaultBench,
  sink: MemorySink,
  onGap: 'fail' | 'skip' = 'fail',
): Promise<{ warnings: string; failures: readonly string[]; missed: number | undefined }> {
  const running = await bench.start([bench.sink(sink, { onGap })], { once: true });
  const { failures } = await running.worker.done;
  const warnings = running.events.filter(({ type }) => type === 'warning').map(({ message }) => message);
  return {
    warnings: warnings.join('\n'),
    failures: failures.map(({ failure }) => `${failure.code}: ${failure.message}`),
    missed: running.task()?.missed,
  };
}

const texts = (sink: MemorySink): string[] => sink.records.map(({ body }) => body.toString());

test('messages that expired unread fail the sink, or are counted and skipped: on_gap', async (t) => {
  const bench = await FaultBench.open(t);
  await bench.cluster.admin.createTopic({ topic: 't', queues: 1 });
  const producer = bench.cluster.producer('p');
  const sink = new MemorySink();
  await send(producer, values('old', 10));
  assert.deepEqual((await drain(bench, sink)).failures, []);
  assert.equal(sink.records.length, 10);
  await bench.stopBroker();
  await bench.startBroker({
    segmentBytes: 64 * 1024,
    retention: { maxBytes: 64 * 1024, maxAgeMs: 3_600_000 },
  });
  await send(producer, values(`more-${'x'.repeat(200)}`, 2_000));
  const min = await until(
    'the broker to drop what is old',
    async () => {
      const [queue] = (await bench.cluster.admin.topic('t')) ?? [];
      return queue !== undefined && queue.min > 10 ? queue.min : undefined;
    },
    { deadlineMs: 30_000 },
  );
  const failed = await drain(bench, sink, 'fail');
  assert.match(
    failed.failures.join(),
    new RegExp(
      `^config: t/embedded/0: ${String(min - 10)} messages \\(offsets 10 to ${String(min - 1)}\\) are gone`,
    ),
  );
  assert.equal(sink.records.length, 10);
  const skipped = await drain(bench, sink, 'skip');
  assert.deepEqual(skipped.failures, []);
  assert.equal(skipped.missed, min - 10);
  assert.match(skipped.warnings, /are gone before group g read them; going on behind them/);
  assert.equal(sink.records.length, 10 + 2_010 - min);
});

test('the same while the sink runs: its place expires under it', async (t) => {
  const bench = await FaultBench.open(t);
  await bench.stopBroker();
  await bench.startBroker({
    segmentBytes: 64 * 1024,
    retention: { maxBytes: 64 * 1024, maxAgeMs: 3_600_000 },
  });
  await bench.cluster.admin.createTopic({ topic: 't', queues: 1 });
  const producer = bench.cluster.producer('p');
  const sink = new MemorySink();
  const big = (count: number): string[] => values('x'.repeat(4_000), count);
  await send(producer, big(2_500));
  // It stays at its first records while the queue goes away under it.
  let stuck = true;
  sink.onWrite = () => {
    if (stuck) throw new ConnectorError('unavailable', 'not now');
  };
  const running = await bench.start([bench.sink(sink, { onGap: 'skip' })]);
  await until('the sink to read', () => (running.task()?.error?.code === 'unavailable' ? true : undefined));
  await until(
    'the broker to drop what is old',
    async () => {
      const [queue] = (await bench.cluster.admin.topic('t')) ?? [];
      return queue !== undefined && queue.min > 1_500 ? true : undefined;
    },
    { deadlineMs: 30_000 },
  );
  stuck = false;
  await until('the gap to be crossed', () => ((running.task()?.missed ?? 0) > 0 ? true : undefined));
  await until('the rest', () => (texts(sink).at(-1) === big(2_500).at(-1) ? true : undefined));
  await running.worker.stop();
  const offsets = sink.records.map(({ offset }) => offset);
  const missed = running.task()?.missed ?? 0;
  assert.equal(new Set(offsets).size + missed, 2_500);
});

test('a topic that was deleted and made anew is read from its start, however long it is now', async (t) => {
  const bench = await FaultBench.open(t);
  const producer = bench.cluster.producer('p');
  const sink = new MemorySink();
  const made = async (bodies: readonly string[]): Promise<void> => {
    await bench.cluster.admin.deleteTopic('t');
    await bench.cluster.admin.createTopic({ topic: 't', queues: 1 });
    await send(producer, bodies);
  };
  await bench.cluster.admin.createTopic({ topic: 't', queues: 1 });
  await send(producer, values('first', 100));
  await drain(bench, sink);
  for (const [name, count] of [
    ['shorter', 40],
    ['longer', 400],
  ] as const) {
    sink.records.length = 0;
    await made(values(name, count));
    const { warnings, failures } = await drain(bench, sink);
    assert.deepEqual(failures, []);
    assert.match(warnings, /made anew/);
    assert.deepEqual(texts(sink), values(name, count));
  }
});

test('a topic that is made anew while the sink runs is read from its start', async (t) => {
  const bench = await FaultBench.open(t);
  const producer = bench.cluster.producer('p');
  const sink = new MemorySink();
  await bench.cluster.admin.createTopic({ topic: 't', queues: 1 });
  await send(producer, values('first', 100));
  const running = await bench.start([bench.sink(sink)]);
  await until('the first ones', () => (sink.records.length === 100 ? true : undefined));
  await bench.cluster.admin.deleteTopic('t');
  await bench.cluster.admin.createTopic({ topic: 't', queues: 1 });
  await send(producer, values('second', 30));
  await until('the second ones', () => (sink.records.length >= 130 ? true : undefined), {
    deadlineMs: 60_000,
  });
  await running.worker.stop();
  assert.deepEqual(texts(sink).slice(100), values('second', 30));
});

test('a broker that lost its end, which was read already, is read on at its end: nothing comes twice', async (t) => {
  const bench = await FaultBench.open(t);
  const producer = bench.cluster.producer('p');
  const sink = new MemorySink();
  await bench.cluster.admin.createTopic({ topic: 't', queues: 1 });
  await send(producer, values('kept', 50));
  await bench.stopBroker();
  const copy = join(bench.folder, 'snapshot');
  await cp(bench.brokerFolder, copy, { recursive: true });
  await bench.startBroker();
  await send(producer, values('lost', 50));
  await drain(bench, sink);
  assert.equal(sink.records.length, 100);
  await bench.stopBroker();
  // The log loses its end, and the group's offset, which is in another file, does not.
  await cp(join(bench.brokerFolder, 'offsets.json'), join(copy, 'offsets.json'));
  await rm(bench.brokerFolder, { recursive: true });
  await cp(copy, bench.brokerFolder, { recursive: true });
  await bench.startBroker();
  const { warnings, failures } = await drain(bench, sink);
  assert.deepEqual(failures, []);
  assert.match(warnings, /the broker has lost its end, which was read already/);
  await send(producer, values('new', 5));
  await drain(bench, sink);
  assert.deepEqual(texts(sink).slice(100), values('new', 5));
});
