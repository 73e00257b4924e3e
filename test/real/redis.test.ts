import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it, type TestContext } from 'node:test';
import { Redis } from 'ioredis';
import redisPlugin from '../../connectors/redis/index.js';
import { ConnectorError, type JsonObject, type Plugin } from '../../src/sdk/index.js';
import {
  acceptanceSuite,
  sinkContext,
  sinkRecord,
  type SourceScene,
} from '../../src/sdk/acceptance/index.js';
import { runExample } from '../rig/example.js';
import { startRedis } from '../rig/small-servers.js';
import { arrivalOf, fileToSink, numbered, sourceToFile } from '../rig/through-rocketmq.js';
import { refusedBy } from '../rig/refused.js';
import { until } from '../rig/until.js';

const url = 'redis://127.0.0.1:6379';
const redis = new Redis(url);
after(() => {
  redis.disconnect();
});

const { source, sink } = redisPlugin;
assert.ok(source !== undefined && sink !== undefined);

/** A key that is gone when the test is over. */
function keyFor(t: TestContext): string {
  const key = `rmq-connect-test-${randomUUID()}`;
  t.after(() => redis.del(key, `${key}:acceptance:processing`, `${key}:in:processing`));
  return key;
}

const addEntries = async (key: string, values: readonly string[], on: Redis = redis): Promise<void> => {
  const pipeline = on.pipeline();
  for (const value of values) pipeline.xadd(key, '*', 'value', value, 'key', `k-${value}`);
  await pipeline.exec();
};
const pushValues = async (key: string, values: readonly string[]): Promise<void> => {
  await redis.rpush(key, ...values);
};

/** A source's scene on one key that has something in it. */
const scene =
  (add: (key: string, values: readonly string[]) => Promise<void>, config: JsonObject) =>
  async (t: TestContext): Promise<SourceScene> => {
    const key = keyFor(t);
    const values = ['first', 'second', '', 'é✓', 'last'];
    await add(key, values);
    return {
      config: { url, keys: [key], ...config },
      baseDir: process.cwd(),
      contents: { [key]: values },
      add: async () => {
        await add(key, ['more', 'and more']);
        return { [key]: ['more', 'and more'] };
      },
      break: async () => {
        await redis.del(key);
        await redis.hset(key, 'not', 'it');
      },
    };
  };

const valuesOf = async (key: string, on: Redis = redis): Promise<readonly string[]> => {
  const entries = await on.xrange(key, '-', '+');
  return entries.map(([, fields]) => fields[fields.indexOf('value') + 1] ?? '');
};

describe('stream', () => {
  acceptanceSuite(redisPlugin, {
    source: { scene: scene(addEntries, { entry: 'value' }) },
    sink: {
      scene: (t) => {
        const key = keyFor(t);
        return Promise.resolve({
          config: { url, key },
          baseDir: process.cwd(),
          written: () => valuesOf(key),
          refused: { value: null },
          break: async () => {
            await redis.del(key);
            await redis.set(key, 'not a stream');
            return async () => {
              await redis.del(key);
            };
          },
        });
      },
    },
  });
});

const { name, summary, example } = redisPlugin;
const sourceOnly: Plugin = { name, summary, example, source };
describe('stream with a group', () => {
  acceptanceSuite(sourceOnly, {
    source: { scene: scene(addEntries, { entry: 'value', group: 'acceptance', after: 'delete' }) },
  });
});
describe('list', () => {
  acceptanceSuite(sourceOnly, { source: { scene: scene(pushValues, { mode: 'list' }) } });
});

const rounds: readonly (readonly [string, JsonObject, typeof addEntries, boolean])[] = [
  ['stream', { entry: 'value' }, addEntries, false],
  ['stream with a group', { entry: 'value', group: 'killed' }, addEntries, true],
  ['list', { mode: 'list' }, pushValues, true],
];
for (const [mode, config, add, mayComeTwice] of rounds) {
  it(`${mode}: a worker that is killed in the middle loses nothing`, { timeout: 120_000 }, async (t) => {
    const key = keyFor(t);
    const expected = numbered(0, 4_000);
    await add(key, expected);
    const job = await sourceToFile(t, { plugin: 'redis', config: { url, keys: [key], ...config } });
    const worker = job.start();
    await job.linesReach(1);
    await worker.kill();
    await job.runOnce();
    const { missing, twice, inOrder } = arrivalOf(expected, await job.lines());
    assert.equal(missing, 0);
    if (!mayComeTwice) assert.deepEqual({ twice, inOrder }, { twice: 0, inOrder: true });
    await job.runOnce();
    assert.equal((await job.lines()).length, expected.length + twice, 'an orderly end acknowledges all');
  });
}

it('a stream that was trimmed while its worker was dead: nothing that is left is left out', async (t) => {
  const key = keyFor(t);
  const expected = numbered(0, 4_000);
  await addEntries(key, expected);
  const job = await sourceToFile(t, { plugin: 'redis', config: { url, keys: [key], entry: 'value' } });
  const worker = job.start();
  await job.linesReach(1);
  await worker.kill();
  await redis.xtrim(key, 'MAXLEN', 1_000);
  await job.runOnce();
  assert.equal(arrivalOf(expected.slice(-1_000), await job.lines()).missing, 0);
});

it('sink: a worker that is killed in the middle loses nothing', { timeout: 120_000 }, async (t) => {
  const key = keyFor(t);
  const expected = numbered(0, 4_000);
  const job = await fileToSink(t, expected, { plugin: 'redis', config: { url, key } });
  const worker = job.start();
  await until('some entries', async () => ((await redis.xlen(key)) > 0 ? true : undefined), { everyMs: 5 });
  await worker.kill();
  await job.runOnce();
  assert.equal(arrivalOf(expected, await valuesOf(key)).missing, 0);
});

it(
  'a server that goes away and comes back loses nothing, read or written',
  { timeout: 120_000 },
  async (t) => {
    const server = await startRedis(['--appendfsync', 'always']);
    t.after(() => server.stop());
    const its = `redis://127.0.0.1:${String(server.port)}`;
    const client = new Redis(its, { retryStrategy: () => 100 });
    client.on('error', () => undefined);
    t.after(() => {
      client.disconnect();
    });
    const expected = numbered(0, 4_000);
    await addEntries('in', expected.slice(0, 2_000), client);
    const reading = await sourceToFile(t, {
      plugin: 'redis',
      config: { url: its, keys: 'in', entry: 'value' },
    });
    const writing = await fileToSink(t, expected, { plugin: 'redis', config: { url: its, key: 'out' } });
    const reader = reading.start();
    const writer = writing.start();
    await reading.linesReach(1);
    await server.kill();
    await reader.printed(/unreachable|ECONN|closed/);
    await server.start();
    await addEntries('in', expected.slice(2_000), client);
    await reading.linesReach(4_000);
    await until('all to be written', async () => ((await client.xlen('out')) >= 4_000 ? true : undefined));
    assert.deepEqual(arrivalOf(expected, await reading.lines()), { missing: 0, twice: 0, inOrder: true });
    assert.equal(arrivalOf(expected, await valuesOf('out', client)).missing, 0);
    await reader.kill();
    await writer.kill();
  },
);

it('wrong credentials are an error that says so, without the password', async (t) => {
  const server = await startRedis(['--requirepass', 'right-one']);
  t.after(() => server.stop());
  const config = { url: `redis://:wrong-one@127.0.0.1:${String(server.port)}`, key: 'k' };
  await assert.rejects(sink.start(sink.spec.parse(config), sinkContext('.')), (error) => {
    assert.ok(error instanceof ConnectorError);
    assert.deepEqual([error.code, error.retryable], ['denied', false]);
    assert.match(error.hint ?? '', /password in url/);
    assert.doesNotMatch(error.message, /wrong-one/);
    return true;
  });
});

it('what keeps a list from forgetting what is stored is told like any other error', async (t) => {
  const key = keyFor(t);
  await pushValues(key, ['a']);
  const context = { ...sinkContext('.'), task: 0, anew: () => Promise.resolve() };
  const connector = await source.start(source.spec.parse({ url, mode: 'list', keys: key }), context);
  const task = await connector.open({ keys: [key] }, context, new Map());
  t.after(() => task.close());
  const batch = await task.read(AbortSignal.timeout(9_000));
  assert.ok(batch !== null);
  await redis.set(`${key}:${context.connector}:processing`, 'no list');
  const stored = task.committed?.(batch.partition, batch.records[0]?.position ?? null);
  await assert.rejects(stored ?? assert.fail(), { code: 'config', message: /LREM: WRONGTYPE/ });
});

it('a batch with a key of another kind refuses that record; what no record is to blame for refuses none', async (t) => {
  const key = keyFor(t);
  t.after(() => redis.del(`${key}:list`, `${key}:set`));
  await redis.rpush(`${key}:list`, 'not a set');
  const config = sink.spec.parse({ url, mode: 'set', key: `${key}:{value.to}` });
  const connector = await sink.start(config, sinkContext('.'));
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  const records = ['set', 'list'].map((to, offset) => sinkRecord({ value: { to }, offset }));
  const refused = await refusedBy(task.write(records, AbortSignal.timeout(9_000)));
  assert.deepEqual(
    refused.map(({ index, error: { code } }) => [index, code]),
    [[1, 'bad_data']],
  );
  assert.equal(await redis.scard(`${key}:set`), 1);
});

it('what dead consumers of a group have left lying is taken over', async (t) => {
  const key = keyFor(t);
  await addEntries(key, ['a', 'b']);
  await redis.xgroup('CREATE', key, 'g', '0');
  await redis.xreadgroup('GROUP', 'g', 'dead', 'COUNT', 10, 'STREAMS', key, '>');
  await until('the entries to lie for 100 ms', async () => {
    const [first] = await redis.xpending(key, 'g', 'IDLE', 100, '-', '+', 1);
    return first === undefined ? undefined : true;
  });
  const config = { url, keys: [key], group: 'g', entry: 'value', claim_after_ms: 100 };
  const job = await sourceToFile(t, { plugin: 'redis', config });
  await job.runOnce();
  assert.deepEqual(await job.lines(), ['a', 'b']);
  assert.equal((await redis.xpending(key, 'g'))[0], 0);
});

it('much that a dead consumer left lying is taken over a part at a time, and each entry once', async (t) => {
  const key = keyFor(t);
  const expected = numbered(0, 3_500);
  await addEntries(key, expected);
  await redis.xgroup('CREATE', key, 'g', '0');
  await redis.xreadgroup('GROUP', 'g', 'dead', 'COUNT', 3_000, 'STREAMS', key, '>');
  const context = { ...sinkContext('.'), once: true, task: 0, anew: () => Promise.resolve() };
  const config = source.spec.parse({ url, keys: key, group: 'g', entry: 'value', claim_after_ms: 100 });
  const connector = await source.start(config, context);
  await until('the entries to lie for 100 ms', async () => {
    const lying = await redis.xpending(key, 'g', 'IDLE', 100, '-', '+', 3_000);
    return lying.length === 3_000 ? true : undefined;
  });
  const task = await connector.open({ keys: [key], part: 0 }, context, new Map());
  t.after(() => task.close());
  const values: string[] = [];
  const sizes: number[] = [];
  for (;;) {
    const batch = await task.read(AbortSignal.timeout(9_000));
    if (batch === null) break;
    values.push(...batch.records.map(({ value }) => (value as Buffer).toString()));
    sizes.push(batch.records.length);
    await task.committed?.(batch.partition, batch.records.at(-1)?.position ?? null);
  }
  assert.deepEqual(values.toSorted(), [...expected].sort());
  assert.ok(Math.max(...sizes) <= 1_000);
  assert.equal((await redis.xpending(key, 'g'))[0], 0);
});

it('after: delete removes what was stored, and nothing that was there before it started', async (t) => {
  const key = keyFor(t);
  await addEntries(key, ['old']);
  const config = { url, keys: [key], entry: 'value', start: 'latest', after: 'delete' };
  const job = await sourceToFile(t, { plugin: 'redis', config });
  const worker = job.start();
  let added = 0;
  await until('the new ones to be read', async () => {
    added += 1;
    await addEntries(key, [`new ${String(added)}`]);
    return (await job.lines()).length > 0 ? true : undefined;
  });
  worker.signal('SIGTERM');
  await worker.ended;
  await job.runOnce();
  // What came before it listened is not read, and stays.
  const lines = await job.lines();
  const stays = numbered(1, added + 1 - lines.length).map((line) => line.replace('record', 'new'));
  assert.deepEqual(await valuesOf(key), ['old', ...stays]);
  assert.equal(lines.at(-1), `new ${String(added)}`);
});

it('channels are read as they come, by name and by pattern', async (t) => {
  const channel = `rmq-connect-test-${randomUUID()}`;
  const config = { url, mode: 'pubsub', keys: [channel, `${channel}.*`] };
  const job = await sourceToFile(t, { plugin: 'redis', config });
  job.start();
  await until('somebody to listen', async () =>
    (await redis.publish(channel, 'one')) > 0 ? true : undefined,
  );
  await redis.publish(`${channel}.x`, 'two');
  await job.linesReach(2);
  assert.deepEqual((await job.lines()).slice(-2), ['one', 'two']);
});

const order = (n: number, key: string): JsonObject => ({ n, name: `name ${String(n)}`, key });
const record = (n: number, key: string): string => JSON.stringify(order(n, key));
const written: readonly (readonly [string, JsonObject, (key: string) => Promise<unknown>, unknown])[] = [
  [
    'list',
    { mode: 'list', max_length: 2 },
    (key) => redis.lrange(key, 0, -1),
    [record(2, 'b'), record(3, 'a')],
  ],
  ['set', { mode: 'set' }, (key) => redis.scard(key), 3],
  [
    'string',
    { mode: 'string', key: '{value.key}', expire_ms: 60_000 },
    (key) => redis.get(key),
    record(3, 'a'),
  ],
  [
    'hash',
    { mode: 'hash', key: '{value.key}' },
    (key) => redis.hgetall(key),
    { n: '3', name: 'name 3', key: 'a' },
  ],
  [
    'hash with a field',
    { mode: 'hash', field: '{value.key}' },
    (key) => redis.hget(key, 'a'),
    record(3, 'a'),
  ],
];
for (const [mode, config, read, expected] of written) {
  it(`writes to a ${mode}`, async (t) => {
    const key = keyFor(t);
    const keyed = config.key === '{value.key}';
    t.after(() => redis.del(`${key}:a`, `${key}:b`));
    const its = { url, ...config, key: keyed ? `${key}:{value.key}` : key };
    const connector = await sink.start(sink.spec.parse(its), sinkContext('.'));
    const task = await connector.open({ ...sinkContext('.'), task: 0 });
    t.after(() => task.close());
    const values = [1, 2, 3].map((n) => order(n, n === 2 ? 'b' : 'a'));
    const records = values.map((value) => sinkRecord({ value }));
    await task.write(records, AbortSignal.timeout(9_000));
    const place = keyed ? `${key}:a` : key;
    assert.deepEqual(await read(place), expected);
    if (config.expire_ms !== undefined) assert.ok((await redis.pttl(place)) > 0);
  });
}

it('runs its example', async (t) => {
  t.after(() => redis.del('rmq-connect-example'));
  const printed = await runExample(t, 'redis.yaml', 2);
  assert.match(printed, /"n":100/);
});
