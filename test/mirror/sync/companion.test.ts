/** Groups follow while a mirror copies, and after it was started anew without its maps. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../rig/until.js';
import { route, Routing, town } from '../mirror-bench.js';

test('a mirror’s groups go on in the target with exactly their next message', async (t) => {
  const [east, west] = [await town(t, 'east'), await town(t, 'west')];
  await east.cluster.admin.createTopic({ topic: 'orders', queues: 2 });
  const queues = await east.queues('orders');
  for (const queue of queues) {
    const bodies = Array.from({ length: 300 }, (_, n) => ({
      body: Buffer.from(`${String(queue.queue)}:${String(n)}`),
    }));
    await east.send(queue, bodies, 50);
    // So that the same message has another place there.
    await west.cluster.admin.createTopic({ topic: 'orders', queues: 2 });
    await west.send(
      { topic: 'orders', broker: 'embedded', queue: queue.queue },
      Array.from({ length: 7 + queue.queue }, () => ({ body: Buffer.from('of west') })),
    );
  }
  const standAt = async (group: string, offset: number): Promise<void> => {
    await east.cluster.admin.createGroup(group);
    for (const queue of queues) await east.cluster.admin.setOffset(group, queue, offset);
  };
  for (const place of [0, 1, 49, 50, 137, 299]) await standAt(`billing-${String(place)}`, place);
  await standAt('shipping', 10);

  const routing = await Routing.open(t);
  const definition = route(east, west, {
    topics: ['orders'],
    groups: ['billing*'],
    sync: { offsetsMs: 100, topicsMs: 200, groups: true },
  });
  const next = async (group: string): Promise<readonly (string | undefined)[]> => {
    const offsets = await west.cluster.admin.groupOffsets(group, ['orders']);
    return Promise.all(
      offsets
        .filter(({ topic }) => topic === 'orders')
        .map(async (queue) =>
          (await west.cluster.admin.peek(queue, queue.offset ?? 0, 1))[0]?.body.toString(),
        ),
    );
  };
  const follows = (group: string, place: number): Promise<true> =>
    until(
      `${group} to be at ${String(place)}`,
      async () => {
        const bodies = await next(group);
        return bodies.join() === `0:${String(place)},1:${String(place)}` ? true : undefined;
      },
      { deadlineMs: 20_000 },
    );

  const worker = await routing.start([definition], [east, west]);
  for (const place of [0, 1, 49, 50, 137, 299]) await follows(`billing-${String(place)}`, place);
  await standAt('billing-1', 200);
  await follows('billing-1', 200);
  await worker.stop();
  assert.equal(await west.cluster.admin.group('shipping'), null, 'no glob means it');
  const told = await routing.dataDir.connector(definition.name).groupSync.read();
  assert.deepEqual(
    told?.groups.map(({ group, reason }) => [group, reason]),
    [0, 1, 137, 299, 49, 50].map((place) => [`billing-${String(place)}`, null]),
  );

  await rm(join(routing.dataDir.connector(definition.name).folder, 'offset-map'), { recursive: true });
  await standAt('billing-late', 211);
  const again = await routing.start([definition], [east, west]);
  await follows('billing-late', 211);
  await again.stop();
  assert.deepEqual(routing.warnings, []);
});
