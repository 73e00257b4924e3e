/** Redis that is full, that came back without its end, or was emptied. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, it, type TestContext } from 'node:test';
import { Redis } from 'ioredis';
import redisPlugin from '../../connectors/redis/index.js';
import { ConnectorError, errorText } from '../../src/sdk/index.js';
import { sinkContext, sinkRecord } from '../../src/sdk/acceptance/index.js';
import { CuttableProxy } from '../conformance/cuttable-proxy.js';
import { assertSentAfterChange } from '../rig/changed-stream.js';
import { startRedis } from '../rig/small-servers.js';
import { arrivalOf, numbered, sourceToFile } from '../rig/through-rocketmq.js';
import { until } from '../rig/until.js';

const url = 'redis://127.0.0.1:6379';
const redis = new Redis(url);
after(() => {
  redis.disconnect();
});

const { sink } = redisPlugin;
assert.ok(sink !== undefined);

/** A key that is gone when the test is over. */
function keyFor(t: TestContext): string {
  const key = `rmq-connect-test-${randomUUID()}`;
  t.after(() => redis.del(key));
  return key;
}

/** A server for one test alone: its URL, and a client of it. */
async function ownRedis(t: TestContext): Promise<{ readonly its: string; readonly client: Redis }> {
  const server = await startRedis();
  t.after(() => server.stop());
  const its = `redis://127.0.0.1:${String(server.port)}`;
  const client = new Redis(its);
  t.after(() => {
    client.disconnect();
  });
  return { its, client };
}

async function addEntries(key: string, values: readonly string[]): Promise<void> {
  const pipeline = redis.pipeline();
  for (const value of values) pipeline.xadd(key, '*', 'value', value);
  await pipeline.exec();
}

it('a Redis that is full takes a batch in parts, and nothing of it again and again', async (t) => {
  const { its, client } = await ownRedis(t);
  const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
  await client.config('SET', 'maxmemory', String(used + 1_500_000));
  const connector = await sink.start(
    sink.spec.parse({ url: its, mode: 'list', key: 'out' }),
    sinkContext('.'),
  );
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  const values = numbered(0, 450).map((text) => text.padEnd(10_000, '.'));
  const records = values.map((value, offset) => sinkRecord({ value, offset }));
  const arrived: string[] = [];
  for (let tries = 1; ; tries += 1) {
    assert.ok(tries < 20, `${String(new Set(arrived).size)} of 450 after ${String(tries)} tries`);
    const failed: unknown = await task.write(records, AbortSignal.timeout(20_000)).then(
      () => null,
      (error: unknown) => error,
    );
    arrived.push(...(await client.lrange('out', 0, -1)));
    await client.del('out');
    if (failed === null) break;
    assert.ok(failed instanceof ConnectorError && failed.code === 'unavailable', errorText(failed));
    assert.match(failed.message, /OOM/);
  }
  assert.equal(arrivalOf(values, arrived).missing, 0);
});

it('a server that became a replica is left, for another may have its name by now', async (t) => {
  const { its, client } = await ownRedis(t);
  const connector = await sink.start(sink.spec.parse({ url: its, key: 'out' }), sinkContext('.'));
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  const write = (offset: number): Promise<void> =>
    task.write([sinkRecord({ value: 'x', offset })], AbortSignal.timeout(20_000));
  const connections = async (): Promise<number> =>
    Number(/total_connections_received:(\d+)/.exec(await client.info('stats'))?.[1]);
  await write(0);
  await client.replicaof('127.0.0.1', '1');
  await assert.rejects(write(1), { code: 'unavailable', message: /READONLY/ });
  const before = await connections();
  await assert.rejects(write(1), { code: 'unavailable', message: /READONLY/ });
  assert.equal(await connections(), before + 1);
  await client.replicaof('NO', 'ONE');
  await write(1);
  assert.equal(await client.xlen('out'), 2);
});

it('a server that vanished without a word is left', async (t) => {
  const key = keyFor(t);
  const proxy = await CuttableProxy.before('127.0.0.1:6379');
  t.after(() => proxy.close());
  const config = sink.spec.parse({ url: `redis://${proxy.address}`, key, timeout_ms: 1_000 });
  const connector = await sink.start(config, sinkContext('.'));
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  const write = (offset: number): Promise<void> =>
    task.write([sinkRecord({ value: 'x', offset })], AbortSignal.timeout(20_000));
  await write(0);
  proxy.hush();
  await assert.rejects(write(1), (error) => error instanceof ConnectorError && error.retryable);
  await write(1);
  assert.equal(await redis.xlen(key), 2);
});

it('a stream that lost its end with the server is read on, and nothing of it comes again', async (t) => {
  const key = keyFor(t);
  const expected = numbered(0, 300);
  await addEntries(key, expected.slice(0, 200));
  const job = await sourceToFile(t, { plugin: 'redis', config: { url, keys: [key], entry: 'value' } });
  await job.runOnce();
  // As after a crash of a Redis that had not written its last entries to its disk.
  const entries = await redis.xrange(key, '-', '+');
  await redis.del(key);
  for (const [id, fields] of entries.slice(0, 150)) await redis.xadd(key, id, ...fields);
  await job.runOnce();
  await addEntries(key, expected.slice(200));
  await job.runOnce();
  assert.deepEqual(arrivalOf(expected, await job.lines()), { missing: 0, twice: 0, inOrder: true });
});

it('a stream that was emptied while its worker was dead: what comes then is not taken for what was sent', async (t) => {
  const key = keyFor(t);
  await addEntries(key, numbered(0, 4_000));
  const job = await sourceToFile(t, { plugin: 'redis', config: { url, keys: [key], entry: 'value' } });
  const killed = job.start();
  await job.linesReach(1);
  await killed.kill();
  await redis.xtrim(key, 'MAXLEN', 0);
  const worker = job.start();
  await worker.printed(/started with/);
  const anew = numbered(10_000, 14_000);
  await addEntries(key, anew);
  await until('all that came since', async () =>
    arrivalOf(anew, await job.lines()).missing === 0 ? true : undefined,
  );
  await worker.kill();
});

const changes: Record<string, (key: string) => Promise<unknown>> = {
  'was emptied': (key) => redis.xtrim(key, 'MAXLEN', 0),
  'was trimmed': (key) => redis.xtrim(key, 'MAXLEN', 30),
  'was made anew': (key) => redis.del(key),
  'lost what was sent last': async (key) => {
    const last = await redis.xrevrange(key, '+', '-', 'COUNT', 20);
    await redis.xdel(key, ...last.map(([id]) => id));
  },
};
for (const [what, change] of Object.entries(changes))
  it(`a stream that ${what} before any position was written: what comes then is sent, all of it`, async (t) => {
    const key = keyFor(t);
    const side = { plugin: 'redis', config: { url, keys: [key], entry: 'value' } };
    await assertSentAfterChange(
      t,
      side,
      (values) => addEntries(key, values),
      () => change(key),
    );
  });
