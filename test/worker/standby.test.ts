import assert from 'node:assert/strict';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import type { Cluster, Producer } from '../../src/rocketmq/cluster.js';
import { ConnectorMonitor } from '../../src/worker/monitor.js';
import { SourceHold, type HoldTimes } from '../../src/worker/source-hold.js';
import { until } from '../rig/until.js';
import { atEnd } from '../temp-folder.js';
import { FaultBench, twice, values } from './fault-bench.js';
import { MemorySource } from './memory-plugin.js';

test('the second worker of a source stands by, and goes on where the first has stopped', async (t) => {
  const bench = await FaultBench.open(t);
  const [first, second] = [new MemorySource(), new MemorySource()];
  first.add('a', values('a', 100));
  second.add('a', values('a', 150));
  const one = await bench.start([bench.source(first)], { name: 'one' });
  await bench.stored(100);
  const two = await bench.start([bench.source(second)], { name: 'two' });
  const task = await until('standing by', () => {
    const now = two.task();
    return now?.state === 'standby' ? now : undefined;
  });
  assert.equal(task.detail?.code, 'standby');
  assert.match(task.detail.message, new RegExp(`in is run by process ${String(process.pid)} on`));
  assert.ok(Date.parse(task.detail.since) <= Date.now());
  assert.equal(second.opened, 0);
  assert.equal((await bench.bodies()).length, 100);
  await one.worker.stop();
  await bench.stored(150);
  await two.worker.stop();
  assert.deepEqual(await bench.bodies(), values('a', 150));
  assert.equal(two.events.filter(({ type }) => type === 'standby').length, 1);
});

test('a worker that cannot write its positions at the end lets go of its source all the same', async (t) => {
  const bench = await FaultBench.open(t);
  const [first, second] = [new MemorySource(), new MemorySource()];
  first.add('a', values('a', 100));
  second.add('b', values('b', 50));
  const one = await bench.start([bench.source(first)], { name: 'one' });
  // Until the last position is on disk they are written, and would be put back between the two lines below.
  await until('the positions', () => (first.committed.at(-1)?.[1] === 100 ? true : undefined));
  const { path } = one.dataDir.connector('in').positions;
  await rm(path, { force: true });
  await mkdir(join(path, 'in-the-way'), { recursive: true });
  const { failures } = await one.worker.stop();
  assert.match(failures[0]?.failure.message ?? '', /the positions cannot be written to/);
  await bench.start([bench.source(second)], { name: 'two' });
  await bench.stored(150);
});

test('a worker with another data directory that ran in between is noticed, and repeats nothing', async (t) => {
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  const run = async (name: string): Promise<string[]> => {
    const { worker, events } = await bench.start([bench.source(source)], { name, once: true });
    assert.deepEqual((await worker.done).failures, []);
    return events.filter(({ type }) => type === 'warning').map(({ message }) => message);
  };
  source.add('a', values('a', 50));
  assert.deepEqual(await run('one'), []);
  await cp(`${bench.folder}/one`, `${bench.folder}/two`, { recursive: true });
  source.add('a', values('a', 50, 50));
  assert.deepEqual(await run('two'), []);
  source.add('a', values('a', 50, 100));
  assert.match((await run('one')).join(), /another data directory has sent since/);
  assert.deepEqual(await bench.bodies(), values('a', 150));
});

const times: HoldTimes = { renewEvery: 50, trusted: 400, goneAfter: 600, lookEvery: 20 };

interface Client {
  readonly cluster: Cluster;
  readonly producer: Producer;
  readonly monitor: ConnectorMonitor;
  acquire(dead?: readonly string[]): Promise<SourceHold>;
}

/** One of the workers that want the same source; all it says goes through the proxy. */
function client(t: TestContext, bench: FaultBench): Client {
  const { proxy } = bench;
  const cluster = connectCluster({
    nameservers: [proxy.address],
    addressMap: { [bench.cluster.address]: proxy.address },
  });
  const producer = cluster.producer('connect-src-in');
  const monitor = new ConnectorMonitor({ name: 'in', kind: 'source', job: 'j' }, () => undefined);
  atEnd(t, () => cluster.close());
  return {
    cluster,
    producer,
    monitor,
    acquire: async (dead = []) => {
      const stop = AbortSignal.timeout(20_000);
      const context = { monitor, emit: () => undefined, stop, once: false };
      const leaveName = (): Promise<void> => Promise.resolve();
      const options = { connector: 'in', dead, leaveName, context, giveUpAfterMs: Infinity, times };
      const hold = await SourceHold.acquire(producer, options);
      assert.ok(hold !== null);
      atEnd(t, () => hold.close());
      return hold;
    },
  };
}

test('a holder that is gone without a word is followed long before its lock expires', async (t) => {
  const bench = await FaultBench.open(t);
  const [gone, next] = [client(t, bench), client(t, bench)];
  assert.ok(gone.producer.lease !== undefined && gone.producer.trail !== undefined);
  await gone.producer.lease.take();
  const acquired = next.acquire();
  await until('standing by', () => (next.monitor.status().state === 'standby' ? true : undefined));
  await until('the holder to be seen', async () =>
    (await next.producer.lease?.others())?.length === 1 ? true : undefined,
  );
  const closedAt = performance.now();
  await gone.cluster.close();
  const hold = await acquired;
  assert.deepEqual(hold.former, [gone.producer.trail.clientId]);
  assert.ok(performance.now() - closedAt >= times.goneAfter - times.lookEvery - 50);
});

test('the dead predecessor of the same data directory is not waited for', async (t) => {
  const bench = await FaultBench.open(t);
  const [dead, next] = [client(t, bench), client(t, bench)];
  await dead.producer.lease?.take();
  await dead.cluster.close();
  const hold = await next.acquire([dead.producer.trail?.clientId ?? '']);
  assert.equal(hold.stoodBy, false);
});

test('a holder whose lock another has taken after a restart of the broker sends nothing more', async (t) => {
  const bench = await FaultBench.open(t);
  await bench.cluster.admin.createTopic({ topic: 't', queues: 1 });
  const first = client(t, bench);
  const hold = await first.acquire();
  const sent: (number | null)[] = [];
  const guarded = hold.guard(first.producer, () => (_messages, offset) => {
    sent.push(offset);
    return null;
  });
  const [queue] = await guarded.queues('t');
  assert.ok(queue !== undefined);
  await guarded.send(queue, [{ body: Buffer.from('mine') }]);
  // The broker forgets its locks; the other one comes first.
  bench.proxy.fate = ({ header }) => (header.code === 41 ? { code: 2, remark: 'later' } : 'pass');
  await bench.stopBroker();
  await bench.startBroker();
  const direct = connectCluster({ nameservers: [bench.cluster.address] });
  atEnd(t, () => direct.close());
  await until('the other to have it', async () => {
    const taken = await direct.producer('connect-src-in').lease?.take();
    return taken?.granted.length === 1 ? true : undefined;
  });
  bench.proxy.fate = () => 'pass';
  await until('the first to notice', async () => {
    await guarded.send(queue, [{ body: Buffer.from('late') }]).catch(() => undefined);
    return hold.lost.aborted ? true : undefined;
  });
  await assert.rejects(guarded.send(queue, [{ body: Buffer.from('late') }]), /another worker has taken over/);
  assert.deepEqual(await bench.bodies(), ['mine']);
  assert.deepEqual(sent, [0]);
});

test('what was acknowledged and is still there is not sent again when the broker was away', async (t) => {
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  source.add('a', values('a', 200));
  const { worker, events } = await bench.start([bench.source(source)]);
  await bench.stored(200);
  await bench.stopBroker();
  source.add('a', values('a', 200, 200));
  await bench.startBroker();
  await bench.stored(400);
  await worker.stop();
  assert.deepEqual(twice(await bench.bodies()), []);
  assert.deepEqual(await bench.bodies(), values('a', 400));
  assert.deepEqual(
    events.filter(({ type }) => type === 'task_failed'),
    [],
  );
});
