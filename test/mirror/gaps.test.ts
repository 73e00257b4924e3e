/** What a mirror does where the source is not what it was: expired, made anew; and topics that are copied on request. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startEmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { until } from '../rig/until.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';
import { route, Routing, town, Town } from './mirror-bench.js';

const numbered = (about: string, count: number, bytes = 0): { readonly body: Buffer }[] =>
  Array.from({ length: count }, (_, n) => ({
    body: Buffer.from(`${about} ${String(n)} ${'x'.repeat(bytes)}`),
  }));

/** A cluster that drops what is old as soon as it holds more than a little. */
async function forgetful(t: TestContext): Promise<Town> {
  const broker = await startEmbeddedBroker({
    dir: join(await temporaryFolder(t), 'east'),
    segmentBytes: 64 * 1024,
    retention: { maxBytes: 64 * 1024, maxAgeMs: 3_600_000 },
  });
  atEnd(t, () => broker.close());
  return Town.at(t, 'east', broker.address);
}

test('what expired before it was copied stops the route with the numbers, or is skipped and counted: on_gap', async (t) => {
  const [east, west] = [await forgetful(t), await town(t, 'west')];
  await east.cluster.admin.createTopic({ topic: 't', queues: 1 });
  const queue = { topic: 't', broker: 'embedded', queue: 0 };
  await east.send(queue, numbered('early', 10));
  const routing = await Routing.open(t);
  await routing.once([route(east, west)], [east, west]);
  assert.equal(await west.count('t'), 10);
  await east.send(queue, numbered('late', 2_000, 300));
  const min = await until('the source to drop what is old', async () => {
    const [{ min: first } = { min: 0 }] = await east.queues('t');
    return first > 10 ? first : undefined;
  });
  const failed = await routing.once([route(east, west)], [east, west]);
  const gone = new RegExp(
    `t/embedded/0: ${String(min - 10)} messages \\(offsets 10 to ${String(min - 1)}\\) are gone`,
  );
  assert.match(failed.failures.map(({ failure }) => failure.message).join(), gone);
  assert.equal(await west.count('t'), 10, 'nothing behind the gap was copied');

  const skipped = await routing.once([route(east, west, { onGap: 'skip' })], [east, west]);
  assert.deepEqual(skipped.failures, []);
  assert.match(routing.warnings.join(), gone);
  assert.equal(await west.count('t'), 10 + 2_010 - min);
  const [status] = skipped.connectors;
  assert.equal(status?.route?.missed, min - 10);
  assert.deepEqual(
    status.route.queues.map(({ topic, missed, records }) => [topic, missed, records]),
    [['t', min - 10, 2_010 - min]],
  );
});

test('a topic of the source that was made anew is copied from its start, and that is said', async (t) => {
  const [east, west] = [await town(t, 'east'), await town(t, 'west')];
  const queue = { topic: 't', broker: 'embedded', queue: 0 };
  const { admin } = east.cluster;
  await admin.createTopic({ topic: 't', queues: 1 });
  await east.send(queue, numbered('first', 50));
  const routing = await Routing.open(t);
  await routing.once([route(east, west)], [east, west]);
  await admin.deleteTopic('t');
  await admin.createTopic({ topic: 't', queues: 1 });
  // As many as there were: only what they are tells that they are others.
  await east.send(queue, numbered('second', 80));
  const { failures } = await routing.once([route(east, west)], [east, west]);
  assert.deepEqual(failures, []);
  const bodies = (await west.stored(queue, 130)).map(({ body }) => body.toString().trim());
  assert.deepEqual(
    bodies,
    [...numbered('first', 50), ...numbered('second', 80)].map(({ body }) => body.toString().trim()),
  );
  assert.notEqual(routing.warnings.length, 0);
  await routing.once([route(east, west)], [east, west]);
  assert.equal(await west.count('t'), 130);
});

test('retry and dead-letter topics are copied where they are asked for, and keep their names', async (t) => {
  const [east, west] = [await town(t, 'east'), await town(t, 'west')];
  for (const topic of ['t', '%RETRY%billing', '%DLQ%billing', '%RETRY%shipping']) {
    await east.cluster.admin.createTopic({ topic, queues: 1 });
    await east.send(
      { topic, broker: 'embedded', queue: 0 },
      numbered(topic, 5),
      topic.startsWith('%RETRY') ? 1 : 5,
    );
  }
  const routing = await Routing.open(t);
  const once = async (topics: readonly string[]): Promise<readonly number[]> => {
    const { failures } = await routing.once(
      [route(east, west, { topics, rename: '{from}_{topic}' })],
      [east, west],
    );
    assert.deepEqual(failures, []);
    return Promise.all(
      ['east_t', '%RETRY%billing', '%DLQ%billing', '%RETRY%shipping'].map((topic) => west.count(topic)),
    );
  };
  assert.deepEqual(await once(['*']), [5, 0, 0, 0]);
  assert.deepEqual(await once(['*', '%RETRY%bill*', '%DLQ%*']), [5, 5, 5, 0]);
});

test('heartbeats go round no ring, and each route hears its own alone', async (t) => {
  const towns: Town[] = [];
  for (const name of ['a', 'b', 'c']) towns.push(await town(t, name));
  const routing = await Routing.open(t);
  const routes = towns.map((from, index) =>
    route(from, towns[(index + 1) % towns.length] ?? from, { heartbeats: { everyMs: 100 } }),
  );
  const worker = await routing.start(routes, towns);
  await until('each route to have a latency', () =>
    worker.status().every(({ route: its }) => its?.latency_ms !== null) ? true : undefined,
  );
  await worker.stop();
  for (const [index, { cluster, name }] of towns.entries()) {
    const before = towns.at(index - 1);
    const [queue] = (await cluster.admin.topic('rmq-connect-heartbeats')) ?? [];
    assert.ok(queue !== undefined && before !== undefined);
    const messages = await cluster.admin.peek(queue, 0, 1_000);
    const own = `${name}-to-${towns[(index + 1) % towns.length]?.name ?? ''}`;
    const incoming = `${before.name}-to-${name}`;
    // What has no key is what the incoming route has tried the topic with.
    const [tried, ...more] = messages.filter(({ key }) => key === undefined);
    assert.deepEqual([tried?.body.toString(), more.length], [incoming, 0]);
    const keys = new Set(messages.flatMap(({ key }) => key ?? []));
    for (const key of keys) assert.ok([own, incoming].includes(key), key);
    assert.ok(keys.has(own));
  }
  assert.ok(worker.status().every(({ records }) => records === 0));
});

test('where no topic may be made for heartbeats, there are none, and the route runs all the same', async (t) => {
  const [east, west] = [await town(t, 'east'), await town(t, 'west')];
  const queue = { topic: 't', broker: 'embedded', queue: 0 };
  for (const { cluster } of [east, west]) await cluster.admin.createTopic({ topic: 't', queues: 1 });
  await east.send(queue, numbered('message', 5));
  const routing = await Routing.open(t);
  const definition = route(east, west, { createTopics: null, heartbeats: { everyMs: 100 } });
  const whyNot = async (): Promise<string | null> => {
    const worker = await routing.start([definition], [east, west]);
    await until('all to be copied', async () => ((await west.count('t')) === 5 ? true : undefined));
    const told = await until('it to be told', () => {
      const [status] = worker.status();
      const why = status?.route?.no_heartbeats;
      return why === undefined || why === 'the route is starting' ? undefined : { why };
    });
    await worker.stop();
    return told.why;
  };
  assert.match((await whyNot()) ?? '', /no topic rmq-connect-heartbeats on east, and create_topics is false/);
  // Another route may have made it there.
  await east.cluster.admin.createTopic({ topic: 'rmq-connect-heartbeats', queues: 1 });
  assert.match((await whyNot()) ?? '', /no topic rmq-connect-heartbeats on west, and create_topics is false/);
  await west.cluster.admin.createTopic({ topic: 'rmq-connect-heartbeats', queues: 1 });
  assert.equal(await whyNot(), null);
});
