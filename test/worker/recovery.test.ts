import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startEmbeddedBroker } from '../../src/broker/embedded-broker.js';
import type { OutMessage, Producer, Queue, Trail } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { DataDir } from '../../src/store/index.js';
import { Positions } from '../../src/worker/positions.js';
import { Recovery } from '../../src/worker/recovery.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';
import { FaultBench, values } from './fault-bench.js';
import { MemorySource } from './memory-plugin.js';

const sent = { shore: { position: 3, skipped: 0 }, messages: 3, end: '3' };

function gate(): { readonly promise: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

/** A source's recovery on an embedded broker; `settle` may be put between. */
async function open(t: TestContext) {
  const folder = await temporaryFolder(t);
  const broker = await startEmbeddedBroker({ dir: join(folder, 'broker') });
  const cluster = connectCluster({ nameservers: [broker.address] });
  atEnd(t, () => broker.close());
  atEnd(t, () => cluster.close());
  await cluster.admin.createTopic({ topic: 't', queues: 1 });
  const dataDir = new DataDir(folder);
  await dataDir.create();
  await dataDir.connector('in').create();
  const positions = await Positions.load(dataDir.connector('in'));
  const real = cluster.producer('g');
  const { trail } = real;
  const [queue] = await real.queues('t');
  assert.ok(trail !== undefined && queue !== undefined);
  const faults: { settle: Trail['settle'] } = { settle: (...args) => trail.settle(...args) };
  const producer = {
    trail: {
      clientId: trail.clientId,
      settle: (...args: Parameters<Trail['settle']>) => faults.settle(...args),
    },
  } as Producer;
  const recovery = await Recovery.start(
    {
      connector: 'in',
      admin: cluster.admin,
      producer,
      positions,
      topics: ['t'],
      stoodBy: false,
      former: [],
      warn: () => undefined,
    },
    new AbortController().signal,
  );
  assert.ok(recovery !== null);
  const run = new FailedRun(real, recovery, positions, queue);
  return { recovery, faults, trail, run, queue };
}

function stamped(recovery: Recovery, partition: string): readonly OutMessage[] {
  const messages: OutMessage[] = ['one', 'two', 'three'].map((text) => ({ body: Buffer.from(text) }));
  recovery.stamper.stamp(recovery.stampFor(partition), { from: null, skipped: 0, to: 3 }, messages);
  return messages;
}

/** A task's run that sent three messages, and ended before it heard that they are stored. */
class FailedRun {
  readonly #producer: Producer;
  readonly #recovery: Recovery;
  readonly #positions: Positions;
  readonly #queue: Queue;

  constructor(producer: Producer, recovery: Recovery, positions: Positions, queue: Queue) {
    this.#producer = producer;
    this.#recovery = recovery;
    this.#positions = positions;
    this.#queue = queue;
  }

  async of(partition: string): Promise<void> {
    const recovery = this.#recovery;
    assert.equal(await recovery.enter(partition), null);
    const underway = this.#positions.trails.start(this.#queue);
    const messages = stamped(recovery, partition);
    await this.#producer.send(this.#queue, messages);
    recovery.leave(partition);
    this.#positions.trails.abandon([underway]);
    recovery.invalidate();
  }
}

test('a look that fails is tried again by who reads next', async (t) => {
  const { recovery, faults, trail, run } = await open(t);
  await run.of('a');
  faults.settle = () => Promise.reject(new Error('the broker is away'));
  await assert.rejects(recovery.enter('a'), /the broker is away/);
  await assert.rejects(recovery.enter('a'), /the broker is away/);
  faults.settle = (...args) => trail.settle(...args);
  const replay = await recovery.enter('a');
  assert.deepEqual(replay?.cross({ position: null, skipped: 0 }), sent);
});

test('who comes back while it is looked up hears what is found', async (t) => {
  const { recovery, faults, trail, run } = await open(t);
  await run.of('a');
  const look = gate();
  faults.settle = async (...args) => {
    await look.promise;
    await trail.settle(...args);
  };
  const other = recovery.enter('b');
  const same = recovery.enter('a');
  look.open();
  assert.equal(await other, null);
  assert.deepEqual((await same)?.cross({ position: null, skipped: 0 }), sent);
});

test('what was found before the last failure is not taken for the whole', async (t) => {
  const { recovery, faults, trail, run } = await open(t);
  const look = gate();
  await run.of('a');
  faults.settle = () => look.promise;
  const early = recovery.enter('b');
  faults.settle = (...args) => trail.settle(...args);
  recovery.invalidate();
  look.open();
  assert.equal(await early, null);
  assert.deepEqual((await recovery.enter('a'))?.cross({ position: null, skipped: 0 }), sent);
});

test('of two sends at once either may be stored first; what lies before a send that was over is another queue', async (t) => {
  const { recovery, queue } = await open(t);
  const messages = stamped(recovery, 'a');
  const [one, other] = [recovery.sending(queue), recovery.sending(queue)];
  assert.equal(other(messages, 13), null);
  assert.equal(one(messages, 10), null);
  const late = recovery.sending(queue);
  assert.match(late(messages, 15)?.message ?? '', /took at offset 15 what was sent behind offset 15/);
  assert.equal(recovery.sending(queue)(messages, 16), null);
});

test('what a killed worker left is looked up at the next start, and not at each one after it', async (t) => {
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  source.add('a', values('a', 50));
  const run = async (): Promise<{ readonly path: string; readonly recovers: boolean }> => {
    const { worker, events, dataDir } = await bench.start([bench.source(source)], { once: true });
    assert.deepEqual((await worker.done).failures, []);
    return {
      path: dataDir.connector('in').positions.path,
      recovers: events.some(({ type }) => type === 'recovering'),
    };
  };
  const { path } = await run();
  const { tails, ...ended } = JSON.parse(await readFile(path, 'utf8')) as { tails: object[] };
  const left = {
    ...ended,
    clean: false,
    writers: ['gone'],
    tails: tails.map((tail) => ({ ...tail, offset: 0 })),
  };
  await writeFile(path, JSON.stringify(left));
  assert.equal((await run()).recovers, true);
  assert.equal((await run()).recovers, false, 'a partition with nothing new to read keeps nothing open');
  source.add('a', values('a', 10, 50));
  await run();
  assert.deepEqual(await bench.bodies(), values('a', 60));
});
