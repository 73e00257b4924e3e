/** Twenty groups that stand anywhere in a million messages, from one real RocketMQ to another. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { route, Routing, Town } from '../mirror/mirror-bench.js';
import { rocketmqs } from '../rig/rocketmqs.js';
import { until } from '../rig/until.js';

const server = rocketmqs('east', 'west');

const topic = 'million';
const queues = 4;
const each = 250_000;
const piece = 25_000;
const groups = Array.from({ length: 20 }, (_, n) => `group-${String(n)}`);

/** A busy broker may be away from its name server for a while; what is sent twice then is two messages. */
async function persistently(send: () => Promise<void>): Promise<void> {
  await until('the broker to take it', async () => {
    await send();
    return true;
  });
}

test('each goes on with exactly its next message in every queue, while others write there as well', async (t) => {
  const [from, to] = [
    Town.at(t, 'east', server('east').nameserver),
    Town.at(t, 'west', server('west').nameserver),
  ];
  for (const { cluster } of [from, to]) await cluster.admin.createTopic({ topic, queues });
  const definition = route(from, to, {
    topics: [topic],
    groups: ['group-*'],
    sync: { offsetsMs: 2_000, topicsMs: 5_000, groups: true },
    heartbeats: { everyMs: 1_000 },
  });
  const routing = await Routing.open(t);
  const worker = await routing.start([definition], [from, to]);
  for (let sent = 0; sent < each; sent += piece) {
    for (const queue of await from.queues(topic)) {
      const bodies = Array.from({ length: piece }, (_, n) => ({
        body: Buffer.from(`${String(queue.queue)}:${String(sent + n)}`),
      }));
      await persistently(() => from.send(queue, bodies, 1_000));
      const there = { topic, broker: server('west').brokerName, queue: queue.queue };
      await persistently(() => to.send(there, [{ body: Buffer.from('of west') }]));
    }
  }
  // As many as were sent, or more where an answer was lost; a broker tells the ends of queues a moment behind that.
  await until('the ends of the queues', async () =>
    (await from.queues(topic)).every(({ max }) => max >= each) ? true : undefined,
  );
  const ends = new Map((await from.queues(topic)).map(({ queue, max }) => [queue, max]));
  const endOf = (queue: number): number => ends.get(queue) ?? 0;
  const stand = new Map<string, readonly number[]>();
  for (const group of groups) {
    const places = Array.from({ length: queues }, (_, queue) => randomInt(endOf(queue) + 1));
    stand.set(group, places);
    await from.cluster.admin.createGroup(group);
    for (const queue of await from.queues(topic))
      await from.cluster.admin.setOffset(group, queue, places[queue.queue] ?? 0);
  }
  const told = routing.dataDir.connector(definition.name).groupSync;
  await until(
    'all groups to be where they are to be',
    async () => {
      const known = new Map((await told.read())?.groups.map((one) => [one.group, one]));
      const isDone = groups.every((group) => {
        const status = known.get(group);
        return (
          status?.reason === null &&
          status.queues.length === queues &&
          status.queues.every(
            ({ exact, source, source_offset: offset }) =>
              exact && offset === stand.get(group)?.[source.queue],
          )
        );
      });
      return isDone ? true : undefined;
    },
    { everyMs: 500, deadlineMs: 300_000 },
  );
  const [status] = worker.status();
  t.diagnostic(`latency ${JSON.stringify(status?.route?.latency_ms)}, rate ${JSON.stringify(status?.rate)}`);
  await worker.stop();
  assert.equal(
    status?.records,
    [...ends.values()].reduce((sum, end) => sum + end, 0),
  );
  for (const [group, places] of stand) {
    for (const { offset, ...queue } of await to.cluster.admin.groupOffsets(group, [topic])) {
      if (queue.topic !== topic) continue;
      const place = places[queue.queue] ?? 0;
      const at = `${group} in queue ${String(queue.queue)}, which stood at ${String(place)}`;
      assert.ok(offset !== null, at);
      // What it reads next of the route; what others have written may lie before that.
      const next = (await to.cluster.admin.peek(queue, offset, 32)).find(
        ({ body }) => body.toString() !== 'of west',
      );
      const [original] = await from.cluster.admin.peek(
        { ...queue, broker: server('east').brokerName },
        place,
        1,
      );
      assert.equal(next?.id, original?.id, at);
      assert.equal(next?.body.toString(), original?.body.toString(), at);
      assert.equal(original === undefined, place === endOf(queue.queue), at);
    }
  }
});
