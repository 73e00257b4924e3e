import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mirrorSuite } from '../conformance/mirror-suite.js';
import { route, Routing, Town } from '../mirror/mirror-bench.js';
import { startEmbeddedRig, type EmbeddedRig } from '../rig/embedded-rig.js';
import { readWithJava, runJava } from '../rig/java.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';
import { until } from '../rig/until.js';

let east: RealRocketmq;
let west: RealRocketmq;
let embedded: EmbeddedRig;
before(async () => {
  east = await startRocketmq({ name: 'east' });
  west = await startRocketmq({ name: 'west' });
  embedded = await startEmbeddedRig(500_000);
});
after(async () => {
  await east.stop();
  await west.stop();
  await embedded.stop();
});

describe('with a real RocketMQ', () => {
  test('Java consumers that stopped somewhere go on in the target with exactly their next message', async (t) => {
    const [from, to] = [Town.at(t, 'east', east.nameserver), Town.at(t, 'west', west.nameserver)];
    const topic = 'moved';
    const all = 120;
    for (const { cluster } of [from, to]) await cluster.admin.createTopic({ topic, queues: 4 });
    // So that the same message has another place there.
    for (const queue of await to.queues(topic))
      await to.send(
        queue,
        Array.from({ length: 3 + queue.queue }, () => ({ body: Buffer.from('of west') })),
      );
    await runJava('Producer', [from.nameserver, topic, String(all), '0']);
    const read = new Map<string, ReadonlySet<string>>();
    for (const count of [1, 70]) {
      const group = `mover-${String(count)}`;
      const messages = await readWithJava(from.nameserver, { group, topic, count });
      read.set(group, new Set(messages.map(({ keys }) => keys)));
    }
    const routing = await Routing.open(t);
    const definition = route(from, to, {
      topics: [topic],
      groups: ['mover-*'],
      sync: { offsetsMs: 300, topicsMs: 1_000, groups: true },
      heartbeats: { everyMs: 300 },
    });
    const worker = await routing.start([definition], [from, to]);
    const told = routing.dataDir.connector(definition.name).groupSync;
    await until('all groups to be synced to their last place', async () => {
      const groups = (await told.read())?.groups ?? [];
      const isDone =
        groups.length === read.size &&
        groups.every(({ reason, queues }) => reason === null && queues.every(({ exact }) => exact));
      return isDone && (await to.count(topic)) >= all ? true : undefined;
    });
    const [status] = worker.status();
    await worker.stop();
    assert.notEqual(status?.route?.latency_ms ?? null, null);
    assert.notEqual(status?.route?.clock_skew ?? null, null);
    assert.equal(status?.records, all);
    for (const [group, before] of read) {
      const count = all - before.size;
      assert.ok(count > 0, `${group} has something left to read`);
      const rest = await readWithJava(to.nameserver, { group, topic, count });
      const keys = rest.map((message) => message.keys);
      assert.equal(new Set(keys).size, count, `${group}: nothing twice`);
      assert.deepEqual(
        keys.filter((key) => before.has(key)),
        [],
        `${group}: nothing it had read`,
      );
    }
  });

  mirrorSuite('between two real ones', () => ({ from: east, to: west }), 6_000);
  mirrorSuite('from an embedded broker to a real one', () => ({ from: embedded, to: east }), 1_500);
  mirrorSuite('from a real one to an embedded broker', () => ({ from: west, to: embedded }), 1_500);
});
