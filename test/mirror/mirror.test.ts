import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutMessage, StoredMessage } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { ringSuite } from '../conformance/mirror-rings.js';
import { FaultyProxy } from '../rig/faulty-proxy.js';
import { until } from '../rig/until.js';
import { atEnd } from '../temp-folder.js';
import { fill, route, Routing, someMessages, town, Town } from './mirror-bench.js';

/** SEARCH_OFFSET_BY_TIMESTAMP */
const searchOffsetByTimestamp = 29;

const ours = new Set(['rc', 'rc.span', 'connect.via', 'connect.born_at']);
const kept = ({ allProperties }: StoredMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(allProperties).filter(([name]) => !ours.has(name)));

/** Equal in everything that is to be kept. */
function assertSame(copies: readonly StoredMessage[], originals: readonly StoredMessage[]): void {
  assert.equal(copies.length, originals.length);
  for (const [index, copy] of copies.entries()) {
    const original = originals[index];
    assert.ok(original !== undefined && copy.body.equals(original.body), `body of ${String(index)}`);
    assert.deepEqual(kept(copy), kept(original));
    assert.equal(copy.raw?.flag, original.raw?.flag);
    assert.equal((copy.raw?.sysFlag ?? 0) & 0x701, (original.raw?.sysFlag ?? 0) & 0x701);
  }
}

test('topics are made with the same queues, and hold the same in the same order', async (t) => {
  const [east, west] = [await town(t, 'east'), await town(t, 'west')];
  await fill(east, 'orders', 3, 1_000);
  await fill(east, 'other', 1, 10);
  const routing = await Routing.open(t);
  const result = await routing.once([route(east, west, { exclude: ['oth*'] })], [east, west]);
  assert.deepEqual(result.failures, []);
  assert.equal(result.connectors[0]?.records, 3_000);
  assert.equal((await west.queues('orders')).length, 3);
  assert.equal(await west.cluster.admin.topicExists('other'), false);
  for (const queue of await east.queues('orders')) {
    const copies = await west.stored(queue, 1_000);
    assertSame(copies, await east.stored(queue, 1_000));
    assert.ok(copies.every(({ allProperties }) => allProperties['connect.via'] === 'east'));
    assert.match(copies[0]?.allProperties['connect.born_at'] ?? '', /^\d{13}$/);
  }
  await routing.once([route(east, west, { exclude: ['oth*'] })], [east, west]);
  assert.equal(await west.count('orders'), 3_000);
});

test('what was already compressed, delayed or part of a transaction is stored as what it was', async (t) => {
  const [east, west] = [await town(t, 'east'), await town(t, 'west')];
  await east.cluster.admin.createTopic({ topic: 't', queues: 1 });
  const [queue] = await east.queues('t');
  assert.ok(queue !== undefined);
  const text = (properties: Record<string, string>): Buffer =>
    Buffer.from(
      Object.entries(properties)
        .map(([name, value]) => `${name}\u0001${value}\u0002`)
        .join(''),
    );
  const raw = (body: string, sysFlag: number, properties: Record<string, string>): OutMessage => ({
    body: Buffer.from(body),
    passedOn: {
      properties: text(properties),
      flag: 7,
      sysFlag,
      bornAt: 1_700_000_000_000,
      reconsumeTimes: 0,
    },
  });
  const delivered = { UNIQ_KEY: 'U1', KEYS: 'k', TAGS: 'a', WAIT: 'true', __SHARDINGKEY: 's', mine: '1' };
  const hidden = {
    TRAN_MSG: 'true',
    PGROUP: 'g',
    DELAY: '1',
    REAL_TOPIC: 't',
    REAL_QID: '0',
    TIMER_DELAY_MS: '1',
  };
  const added = {
    CLUSTER: 'c',
    MSG_REGION: 'r',
    TRACE_ON: 'true',
    '__RMQ.TRANSIENT.x': '1',
    rc: 'old',
    'rc.span': '[]',
  };
  await east.send(queue, [raw('compressed', 0x301, { ...hidden, ...delivered })]);
  await east.send(queue, [raw('plain', 0, { ...delivered, ...added })]);
  await east.send(queue, [raw('compressed again', 0x301, delivered)]);
  const routing = await Routing.open(t);
  const result = await routing.once([route(east, west, { bornTime: 'exact' })], [east, west]);
  assert.deepEqual(result.failures, []);
  const copies = await west.stored(queue, 3);
  assert.deepEqual(
    copies.map(({ body, raw: its, bornAt }) => [body.toString(), its?.sysFlag, its?.flag, bornAt]),
    [
      ['compressed', 0x301, 7, 1_700_000_000_000],
      ['plain', 0, 7, 1_700_000_000_000],
      ['compressed again', 0x301, 7, 1_700_000_000_000],
    ],
  );
  for (const copy of copies) assert.deepEqual(kept(copy), delivered);
});

ringSuite(async (t, names) => {
  const towns: Town[] = [];
  for (const name of names) towns.push(await town(t, name));
  return towns;
}, 200);

test('new topics and new queues are followed while it runs', async (t) => {
  const [east, west] = [await town(t, 'east'), await town(t, 'west')];
  await fill(east, 'orders', 1, 10);
  const routing = await Routing.open(t);
  const worker = await routing.start(
    [route(east, west, { rename: '{from}_{topic}', start: 'latest' })],
    [east, west],
  );
  await until('the first topic', async () =>
    (await west.queues('east_orders')).length === 1 ? true : undefined,
  );
  await fill(east, 'later', 2, 30);
  await until('the second topic', async () => ((await west.count('east_later')) === 60 ? true : undefined));
  const { admin } = east.cluster;
  const settings = await admin.brokerTopics('orders');
  await admin.setBrokerTopics(
    'orders',
    new Map([...settings].map(([broker, one]) => [broker, { ...one, readQueues: 3, writeQueues: 3 }])),
  );
  const added = (await east.queues('orders')).find(({ queue }) => queue === 2);
  assert.ok(added !== undefined);
  await east.send(added, someMessages(20));
  await until('the third queue', async () => ((await west.count('east_orders')) === 20 ? true : undefined));
  assert.equal((await west.queues('east_orders')).length, 3);
  await worker.stop();
  assert.deepEqual(routing.warnings, []);
});

test('a first start that fails between two queues leaves all of them to start where the job says', async (t) => {
  const [east, west] = [await town(t, 'east'), await town(t, 'west')];
  const proxy = await FaultyProxy.before(east.nameserver);
  atEnd(t, () => proxy.close());
  const cluster = connectCluster({
    nameservers: [proxy.address],
    addressMap: { [east.nameserver]: proxy.address },
  });
  atEnd(t, () => cluster.close());
  await fill(east, 't', 4, 10);
  const filledAt = Date.now();
  const start = await until('the next millisecond', () => (Date.now() > filledAt ? filledAt + 1 : undefined));
  for (const queue of await east.queues('t')) await east.send(queue, someMessages(5, 'new-'));
  let refused = 0;
  proxy.fate = ({ header: { code, extFields } }) => {
    if (code !== searchOffsetByTimestamp || extFields?.queueId !== '2' || refused > 0) return 'pass';
    refused += 1;
    return { code: 1, remark: 'not now' };
  };
  const routing = await Routing.open(t);
  const definition = route(east, west, { start });
  const worker = await routing.start([definition], [new Town('east', proxy.address, cluster), west]);
  await until('what is new', async () => ((await west.count('t')) >= 20 ? true : undefined));
  await worker.stop();
  assert.equal(refused, 1);
  assert.ok(
    routing.events.some(({ type }) => type === 'task_failed'),
    'the first start failed',
  );
  await routing.once([definition], [east, west]);
  assert.equal(await west.count('t'), 20, 'nothing that was there before');
});

test('by key: the same key goes to one queue, in its order', async (t) => {
  const [east, west] = [await town(t, 'east'), await town(t, 'west')];
  await east.cluster.admin.createTopic({ topic: 't', queues: 2 });
  await west.cluster.admin.createTopic({ topic: 't', queues: 5 });
  for (const queue of await east.queues('t')) {
    const messages = Array.from({ length: 200 }, (_, index) => ({
      body: Buffer.from(String(index)),
      key: `${String(queue.queue)}-${String(index % 20)}`,
    }));
    await east.send(queue, messages);
  }
  const routing = await Routing.open(t);
  await routing.once([route(east, west, { queues: 'by_key' })], [east, west]);
  assert.equal(await west.count('t'), 400);
  const places = new Map<string, number>();
  for (const queue of await west.queues('t')) {
    const count = (await west.cluster.admin.topic('t'))?.find((one) => one.queue === queue.queue)?.max ?? 0;
    const last = new Map<string, number>();
    for (const { key = '', body } of await west.stored(queue, count)) {
      assert.equal(places.get(key) ?? queue.queue, queue.queue);
      places.set(key, queue.queue);
      assert.ok(Number(body) > (last.get(key) ?? -1));
      last.set(key, Number(body));
    }
  }
  assert.ok(new Set(places.values()).size > 1);
});

test('no more than the rate passes', async (t) => {
  const [east, west] = [await town(t, 'east'), await town(t, 'west')];
  await fill(east, 't', 1, 500);
  const routing = await Routing.open(t);
  const began = performance.now();
  await routing.once([route(east, west, { rate: { recordsPerS: 500, bytesPerS: null } })], [east, west]);
  assert.ok(performance.now() - began > 900, 'it took less than a second');
  assert.equal(await west.count('t'), 500);
});
