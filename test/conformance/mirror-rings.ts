/** Routes between any two and three brokers that lead back to where they start. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fill, route, Routing, type Town } from '../mirror/mirror-bench.js';
import { until } from '../rig/until.js';

const queues = 2;

/** `each`: so many messages in each of two queues of each town. */
export function ringSuite(
  townsOf: (t: TestContext, names: readonly string[]) => Promise<readonly Town[]>,
  each: number,
): void {
  for (const [shape, names] of [
    ['both directions', ['a', 'a-b']],
    ['a ring of three', ['a', 'a-b', 'b']],
  ] as const) {
    test(`${shape}: every message is everywhere once, and nothing comes back`, async (t) => {
      const towns = await townsOf(t, names);
      const topic = `ring-of-${String(names.length)}`;
      for (const place of towns) await fill(place, topic, queues, each);
      const all = queues * each * towns.length;
      const routing = await Routing.open(t);
      const routes = towns.map((from, index) =>
        route(from, towns[(index + 1) % towns.length] ?? from, { topics: [topic] }),
      );
      const worker = await routing.start(routes, towns);
      await until(
        'all is everywhere',
        async () => {
          const counts = await Promise.all(towns.map((place) => place.count(topic)));
          return counts.every((count) => count >= all) ? counts : undefined;
        },
        { deadlineMs: 300_000 },
      );
      await worker.stop();
      // What could still come back comes now: each route reads on to the end of what the others have written.
      await routing.once(routes, towns);
      for (const place of towns) {
        assert.equal(await place.count(topic), all, place.name);
        const bodies = new Set<string>();
        for (const queue of await place.queues(topic)) {
          for await (const { body, key } of place.each(queue, queue.max))
            bodies.add(`${key ?? ''} ${body.toString('hex')}`);
        }
        assert.equal(bodies.size, all);
      }
    });
  }
}
