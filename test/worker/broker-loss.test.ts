import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../rig/until.js';
import { FaultBench, twice, values } from './fault-bench.js';
import { MemorySource } from './memory-plugin.js';

/** What a power cut does to a broker that flushes late: the store as it was a while ago. */
class Snapshot {
  readonly #bench: FaultBench;
  readonly #copy: string;

  constructor(bench: FaultBench) {
    this.#bench = bench;
    this.#copy = join(bench.folder, 'snapshot');
  }

  /** Needs a stopped broker. */
  async take(): Promise<void> {
    await cp(this.#bench.brokerFolder, this.#copy, { recursive: true });
  }

  async restore(): Promise<void> {
    await rm(this.#bench.brokerFolder, { recursive: true });
    await cp(this.#copy, this.#bench.brokerFolder, { recursive: true });
  }
}

test('what the broker itself lost while the worker was stopped is detected, and sent again', async (t) => {
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  const run = async (): Promise<string[]> => {
    const { worker, events } = await bench.start([bench.source(source)], { once: true });
    assert.deepEqual((await worker.done).failures, []);
    return events.filter(({ type }) => type === 'warning').map(({ message }) => message);
  };
  source.add('a', values('a', 100));
  await run();
  await bench.stopBroker();
  const snapshot = new Snapshot(bench);
  await snapshot.take();
  await bench.startBroker();
  source.add('a', values('a', 100, 100));
  await run();
  assert.equal((await bench.bodies()).length, 200);
  await bench.stopBroker();
  await snapshot.restore();
  await bench.startBroker();
  assert.equal((await bench.bodies()).length, 100);
  source.add('a', values('a', 10, 200));
  assert.match((await run()).join(), /t\/embedded\/0: the broker has lost messages that it had acknowledged/);
  assert.deepEqual(await bench.bodies(), values('a', 210));
});

test('what the broker lost under the running worker is detected before anything is sent behind it', async (t) => {
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  source.add('a', values('a', 100));
  const { worker, events } = await bench.start([bench.source(source)]);
  await bench.stored(100);
  await bench.stopBroker();
  const snapshot = new Snapshot(bench);
  await snapshot.take();
  await bench.startBroker();
  source.add('a', values('a', 100, 100));
  await bench.stored(200);
  await until('the positions to be written', () =>
    source.committed.some(([, position]) => position === 200) ? true : undefined,
  );
  await bench.stopBroker();
  await snapshot.restore();
  await bench.startBroker();
  source.add('a', values('a', 50, 200));
  await bench.stored(250);
  await worker.stop();
  assert.deepEqual(await bench.bodies(), values('a', 250));
  assert.deepEqual(twice(await bench.bodies()), []);
  const said = events.map(({ message }) => message).join('\n');
  assert.match(said, /does not hold any more what broker embedded had acknowledged/);
  assert.match(said, /sending them again/);
});

test('a queue of several partitions: each goes back to what is left of it', async (t) => {
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  source.batch = 7;
  const run = async (): Promise<void> => {
    const { worker } = await bench.start([bench.source(source)], { once: true });
    assert.deepEqual((await worker.done).failures, []);
  };
  for (const name of ['a', 'b', 'c']) source.add(name, values(name, 40));
  await run();
  await bench.stopBroker();
  const snapshot = new Snapshot(bench);
  await snapshot.take();
  await bench.startBroker();
  for (const name of ['a', 'c']) source.add(name, values(name, 40, 40));
  source.add('d', values('d', 5));
  await run();
  await bench.stopBroker();
  await snapshot.restore();
  await bench.startBroker();
  await run();
  const bodies = await bench.bodies();
  assert.deepEqual(twice(bodies), []);
  for (const [name, count] of Object.entries({ a: 80, b: 40, c: 80, d: 5 })) {
    assert.deepEqual(
      bodies.filter((body) => body.startsWith(name)),
      values(name, count),
    );
  }
});

test('a topic that was deleted and made anew is not filled again with what was deleted, and that is said', async (t) => {
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  source.add('a', values('a', 100));
  await (
    await bench.start([bench.source(source)], { once: true })
  ).worker.done;
  await bench.cluster.admin.deleteTopic('t');
  await bench.cluster.admin.createTopic({ topic: 't', queues: 1 });
  // Offsets are used again: by others.
  const others = bench.cluster.producer('others');
  const [queue] = await others.queues('t');
  assert.ok(queue !== undefined);
  const strange = Array.from({ length: 150 }, () => ({ body: Buffer.from('not ours') }));
  await others.send(queue, strange);
  source.add('a', values('a', 20, 100));
  const { worker, events } = await bench.start([bench.source(source)], { once: true });
  assert.deepEqual((await worker.done).failures, []);
  const ours = (await bench.bodies()).filter((body) => body !== 'not ours');
  assert.deepEqual(ours, values('a', 20, 100));
  assert.match(events.map(({ message }) => message).join('\n'), /topic t was made anew/);
});

test('a topic that was given fewer queues is sent to all the same, and that is said', async (t) => {
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  const run = async (): Promise<string> => {
    const { worker, events } = await bench.start([bench.source(source)], { once: true });
    assert.deepEqual((await worker.done).failures, []);
    return events.map(({ message }) => message).join('\n');
  };
  const { admin } = bench.cluster;
  await admin.createTopic({ topic: 't', queues: 4 });
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) source.add(name, values(name, 10));
  await run();
  const settings = await admin.brokerTopics('t');
  const fewer = Array.from(
    settings,
    ([broker, its]) => [broker, { ...its, readQueues: 2, writeQueues: 2 }] as const,
  );
  await admin.setBrokerTopics('t', new Map(fewer));
  for (const name of names) source.add(name, values(name, 10, 10));
  assert.match(await run(), /t\/embedded\/3 cannot be read any more: topic t has fewer queues now/);
  const bodies = await bench.bodies();
  for (const name of names) {
    const its = bodies.filter((body) => body.startsWith(name));
    assert.deepEqual(its.slice(-10), values(name, 10, 10));
    assert.ok(its.length === 10 || its.length === 20, 'nothing is sent twice');
  }
  assert.doesNotMatch(await run(), /fewer queues/);
});

test('a topic that is given fewer queues under a running worker: nothing is lost, blamed or sent twice', async (t) => {
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  const { admin } = bench.cluster;
  await admin.createTopic({ topic: 't', queues: 4 });
  const names = ['a', 'b', 'c', 'd'];
  const all = (count: number, from = 0): void => {
    for (const name of names) source.add(name, values(name, count, from));
  };
  all(10);
  const { worker, events, dataDir } = await bench.start([bench.source(source)]);
  const positionsAt = (count: number) => async (): Promise<true | undefined> => {
    const stored = await dataDir.connector('in').positions.read();
    const at = Object.values(stored?.partitions ?? {}).map(({ position }) => position);
    return at.length === names.length && at.every((one) => one === count) ? true : undefined;
  };
  await until('what was there is sent', positionsAt(10));
  const fewer = Array.from(
    await admin.brokerTopics('t'),
    ([broker, its]) => [broker, { ...its, readQueues: 2, writeQueues: 2 }] as const,
  );
  await admin.setBrokerTopics('t', new Map(fewer));
  all(10, 10);
  await until('the rest is sent', positionsAt(20));
  assert.deepEqual((await worker.stop()).failures, []);
  const bodies = await bench.bodies();
  for (const name of names) {
    const its = bodies.filter((body) => body.startsWith(name));
    assert.deepEqual(its.slice(-10), values(name, 10, 10));
    assert.ok(its.length === 10 || its.length === 20, 'nothing is sent twice');
  }
  assert.match(events.map(({ message }) => message).join('\n'), /trying again in/);
});
