import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import natsPlugin from '../../connectors/nats/index.js';
import { ConnectorError, type JsonObject, type Plugin } from '../../src/sdk/index.js';
import {
  acceptanceSuite,
  sinkContext,
  sinkRecord,
  type SourceScene,
} from '../../src/sdk/acceptance/index.js';
import { assertSentAfterChange } from '../rig/changed-stream.js';
import { runExample } from '../rig/example.js';
import { startNats } from '../rig/small-servers.js';
import { arrivalOf, fileToSink, numbered, sourceToFile } from '../rig/through-rocketmq.js';
import { refusedBy } from '../rig/refused.js';
import { until } from '../rig/until.js';

const url = 'nats://127.0.0.1:4222';
let connection: NatsConnection;
let streams: JetStreamManager;
before(async () => {
  connection = await connect({ servers: url });
  streams = await jetstreamManager(connection);
  // The example's.
  await streams.streams.add({ name: 'rmq-connect-example', subjects: ['rmq-connect-example.>'] });
});
after(async () => {
  await streams.streams.delete('rmq-connect-example');
  await connection.close();
});

const { source, sink } = natsPlugin;
assert.ok(source !== undefined && sink !== undefined);

/** A stream that takes `NAME.>`, and is gone when the test is over. */
async function streamFor(t: TestContext, on: JetStreamManager = streams): Promise<string> {
  const name = `test-${randomUUID()}`;
  await on.streams.add({ name, subjects: [`${name}.>`] });
  t.after(() => on.streams.delete(name).catch(() => undefined));
  return name;
}

async function publish(
  stream: string,
  values: readonly string[],
  client: JetStreamClient = jetstream(connection),
): Promise<void> {
  for (let at = 0; at < values.length; at += 1_000) {
    const some = values.slice(at, at + 1_000);
    await Promise.all(some.map((value) => client.publish(`${stream}.x`, value)));
  }
}

const scene =
  (config: JsonObject = {}) =>
  async (t: TestContext): Promise<SourceScene> => {
    const stream = await streamFor(t);
    const values = ['first', 'second', '', 'é✓', 'last'];
    await publish(stream, values);
    return {
      config: { url, stream, ...config },
      baseDir: process.cwd(),
      contents: { [stream]: values },
      add: async () => {
        await publish(stream, ['more', 'and more']);
        return { [stream]: ['more', 'and more'] };
      },
      break: async () => {
        await streams.streams.delete(stream);
      },
    };
  };

async function valuesOf(stream: string, on: NatsConnection = connection): Promise<readonly string[]> {
  const consumer = await jetstream(on).consumers.get(stream);
  const count = (await consumer.info(true)).num_pending;
  if (count === 0) return [];
  const values: string[] = [];
  const messages = await consumer.consume();
  for await (const message of messages) {
    values.push(message.string());
    if (values.length === count) break;
  }
  await consumer.delete();
  return values;
}

describe('stream', () => {
  acceptanceSuite(natsPlugin, {
    source: { scene: scene() },
    sink: {
      scene: async (t) => {
        const stream = await streamFor(t);
        return {
          config: { url, subject: `${stream}.{queue}` },
          baseDir: process.cwd(),
          written: () => valuesOf(stream),
          refused: { value: Buffer.alloc(2 * 1024 * 1024) },
          break: async () => {
            await streams.streams.delete(stream);
            return async () => {
              await streams.streams.add({ name: stream, subjects: [`${stream}.>`] });
            };
          },
        };
      },
    },
  });
});

const { name, summary, example } = natsPlugin;
const sourceOnly: Plugin = { name, summary, example, source };
describe('stream with a durable', () => {
  acceptanceSuite(sourceOnly, { source: { scene: scene({ durable: 'acceptance', ack_wait_ms: 2_000 }) } });
});

const rounds: readonly (readonly [string, JsonObject, boolean])[] = [
  ['stream', {}, false],
  ['stream with a durable', { durable: 'killed', ack_wait_ms: 2_000 }, true],
];
for (const [mode, config, mayComeTwice] of rounds) {
  it(`${mode}: a worker that is killed in the middle loses nothing`, { timeout: 120_000 }, async (t) => {
    const stream = await streamFor(t);
    const expected = numbered(0, 4_000);
    await publish(stream, expected);
    const job = await sourceToFile(t, { plugin: 'nats', config: { url, stream, ...config } });
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

it('a stream that was purged while its worker was dead: nothing that is left is left out', async (t) => {
  const stream = await streamFor(t);
  const expected = numbered(0, 4_000);
  await publish(stream, expected);
  const job = await sourceToFile(t, { plugin: 'nats', config: { url, stream } });
  const worker = job.start();
  await job.linesReach(1);
  await worker.kill();
  await streams.streams.purge(stream, { keep: 1_000 });
  await job.runOnce();
  assert.equal(arrivalOf(expected.slice(-1_000), await job.lines()).missing, 0);
});

it('a stream that was made anew is read from its start, however long it is now', async (t) => {
  const stream = await streamFor(t);
  await publish(stream, numbered(0, 100));
  const job = await sourceToFile(t, { plugin: 'nats', config: { url, stream } });
  await job.runOnce();
  const anew = async (values: readonly string[]): Promise<void> => {
    await streams.streams.delete(stream);
    await streams.streams.add({ name: stream, subjects: [`${stream}.>`] });
    await publish(stream, values);
  };
  await anew(numbered(1_000, 1_200));
  await job.runOnce();
  assert.deepEqual((await job.lines()).slice(100), numbered(1_000, 1_200));
  const worker = job.start();
  await publish(stream, ['one more']);
  await job.linesReach(301);
  await anew(numbered(2_000, 2_400));
  await job.linesReach(701);
  assert.deepEqual((await job.lines()).slice(301), numbered(2_000, 2_400));
  await worker.kill();
});

const changes: Record<string, (stream: string) => Promise<unknown>> = {
  'was emptied': (stream) => streams.streams.purge(stream),
  'was trimmed': (stream) => streams.streams.purge(stream, { keep: 30 }),
  'was made anew': async (stream) => {
    await streams.streams.delete(stream);
    await streams.streams.add({ name: stream, subjects: [`${stream}.>`] });
  },
  'lost what was sent last': async (stream) => {
    for (let seq = 81; seq <= 100; seq++) await streams.streams.deleteMessage(stream, seq);
  },
};
for (const [what, change] of Object.entries(changes))
  it(`a stream that ${what} before any position was written: what comes then is sent, all of it`, async (t) => {
    const stream = await streamFor(t);
    const side = { plugin: 'nats', config: { url, stream } };
    await assertSentAfterChange(
      t,
      side,
      (values) => publish(stream, values),
      () => change(stream),
    );
  });

it('sink: a worker that is killed in the middle loses nothing, and the stream drops repetitions', async (t) => {
  const stream = await streamFor(t);
  const expected = numbered(0, 4_000);
  const job = await fileToSink(t, expected, {
    plugin: 'nats',
    config: { url, subject: `${stream}.{topic}` },
  });
  const worker = job.start();
  await until(
    'some messages',
    async () => ((await streams.streams.info(stream)).state.messages > 0 ? true : undefined),
    { everyMs: 5 },
  );
  await worker.kill();
  await job.runOnce();
  const { missing, twice } = arrivalOf(expected, await valuesOf(stream));
  assert.deepEqual({ missing, twice }, { missing: 0, twice: 0 });
});

it(
  'a server that goes away and comes back loses nothing, read or written',
  { timeout: 120_000 },
  async (t) => {
    const server = await startNats();
    t.after(() => server.stop());
    const its = `nats://127.0.0.1:${String(server.port)}`;
    const first = await connect({ servers: its, reconnect: false });
    const on = await jetstreamManager(first);
    await on.streams.add({ name: 'in', subjects: ['in.>'] });
    await on.streams.add({ name: 'out', subjects: ['out.>'] });
    const expected = numbered(0, 4_000);
    await publish('in', expected.slice(0, 2_000), jetstream(first));
    const reading = await sourceToFile(t, { plugin: 'nats', config: { url: its, stream: 'in' } });
    const writing = await fileToSink(t, expected, { plugin: 'nats', config: { url: its, subject: 'out.x' } });
    const reader = reading.start();
    const writer = writing.start();
    await reading.linesReach(1);
    await server.kill();
    await first.close();
    await reader.printed(/unreachable|ECONN|closed/);
    await server.start();
    const second = await connect({ servers: its });
    t.after(() => second.close());
    await publish('in', expected.slice(2_000), jetstream(second));
    await reading.linesReach(4_000);
    const again = await jetstreamManager(second);
    await until('all to be written', async () =>
      (await again.streams.info('out')).state.messages >= 4_000 ? true : undefined,
    );
    assert.deepEqual(arrivalOf(expected, await reading.lines()), { missing: 0, twice: 0, inOrder: true });
    assert.equal(arrivalOf(expected, await valuesOf('out', second)).missing, 0);
    await reader.kill();
    await writer.kill();
  },
);

it('wrong credentials, a missing stream and a subject nobody takes are errors that say what to do', async (t) => {
  const server = await startNats(['--user', 'me', '--pass', 'right-one']);
  t.after(() => server.stop());
  const wrong = { url: `nats://me:wrong-one@127.0.0.1:${String(server.port)}` };
  await assert.rejects(sink.start(sink.spec.parse(wrong), sinkContext('.')), (error) => {
    assert.ok(error instanceof ConnectorError);
    assert.deepEqual([error.code, error.retryable], ['denied', false]);
    assert.doesNotMatch(error.message, /wrong-one/);
    return true;
  });
  const missing = source.spec.parse({ url, stream: 'no-such-stream' });
  await assert.rejects(source.start(missing, sinkContext('.')), { code: 'not_found' });
  const connector = await sink.start(
    sink.spec.parse({ url, subject: `none-${randomUUID()}` }),
    sinkContext('.'),
  );
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  await assert.rejects(task.write([sinkRecord({ value: 'x' })], AbortSignal.timeout(9_000)), {
    code: 'not_found',
  });
});

it('a durable whose server is gone is closed at once, and what was stored then is no error of its own', async (t) => {
  const server = await startNats();
  t.after(() => server.stop());
  const its = `nats://127.0.0.1:${String(server.port)}`;
  const first = await connect({ servers: its, reconnect: false });
  await (await jetstreamManager(first)).streams.add({ name: 'in', subjects: ['in.>'] });
  await publish('in', ['a'], jetstream(first));
  const context = { ...sinkContext('.'), task: 0, anew: () => Promise.resolve() };
  const config = source.spec.parse({ url: its, stream: 'in', durable: 'd' });
  const connector = await source.start(config, context);
  const task = await connector.open({ part: 0 }, context, new Map());
  const batch = await task.read(AbortSignal.timeout(9_000));
  assert.ok(batch !== null);
  await server.kill();
  await first.close();
  await assert.rejects(task.read(AbortSignal.timeout(9_000)), { code: 'unreachable' });
  await task.committed?.(batch.partition, batch.records[0]?.position ?? null);
  const started = performance.now();
  await task.close();
  assert.ok(performance.now() - started < 5_000);
});

it('--once ends also where what was there at the start is gone meanwhile', async (t) => {
  const stream = await streamFor(t);
  await publish(stream, numbered(0, 12_000));
  const context = { ...sinkContext('.'), once: true, task: 0, anew: () => Promise.resolve() };
  const connector = await source.start(source.spec.parse({ url, stream }), context);
  const task = await connector.open({ part: 0 }, context, new Map());
  t.after(() => task.close());
  const signal = AbortSignal.timeout(30_000);
  assert.ok((await task.read(signal)) !== null);
  await streams.streams.purge(stream);
  let read = 0;
  for (let batch = await task.read(signal); batch !== null; batch = await task.read(signal))
    read += batch.records.length;
  assert.ok(read < 11_000, `${String(read)} were read ahead`);
});

it('records at the same place are told apart by when they were stored, and repetitions are dropped', async (t) => {
  const stream = await streamFor(t);
  const connector = await sink.start(sink.spec.parse({ url, subject: `${stream}.x` }), sinkContext('.'));
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  // As in a topic that was made anew, and over a proxy, whose offsets are a count that begins anew.
  const [former, later] = [
    sinkRecord({ value: 'former', offset: 7, storedAt: 1_700_000_000_000 }),
    sinkRecord({ value: 'later', offset: 7, storedAt: 1_700_000_060_000 }),
  ];
  for (const record of [former, later, former]) await task.write([record], AbortSignal.timeout(9_000));
  assert.deepEqual(await valuesOf(stream), ['former', 'later']);
});

it('a record whose headers alone are too much is refused, and the rest is sent', async (t) => {
  const stream = await streamFor(t);
  const connector = await sink.start(sink.spec.parse({ url, subject: `${stream}.x` }), sinkContext('.'));
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  const most = connection.info?.max_payload ?? assert.fail();
  const records = [
    sinkRecord({ value: 'a', offset: 1 }),
    sinkRecord({ value: 'b', offset: 2, headers: { long: 'x'.repeat(most) } }),
    sinkRecord({ value: 'c', offset: 3 }),
  ];
  const refused = await refusedBy(task.write(records, AbortSignal.timeout(9_000)));
  assert.deepEqual(
    refused.map(({ index, error: { code } }) => [index, code]),
    [[1, 'bad_data']],
  );
  assert.deepEqual(await valuesOf(stream), ['a', 'c']);
});

it('subjects are read as they come, and keys and headers travel with the sink', async (t) => {
  const subject = `test-${randomUUID()}`;
  const job = await sourceToFile(t, {
    plugin: 'nats',
    config: { url, mode: 'core', subjects: `${subject}.>` },
  });
  job.start();
  await until('the first to arrive', async () => {
    connection.publish(`${subject}.a`, 'one');
    await connection.flush();
    return (await job.lines()).length > 0 ? true : undefined;
  });
  connection.publish(`${subject}.b.c`, 'two');
  await until('the last', async () => ((await job.lines()).at(-1) === 'two' ? true : undefined));
  const heard = connection.subscribe(`${subject}-out`, { max: 1 });
  await connection.flush();
  const config = sink.spec.parse({ url, mode: 'core', subject: `${subject}-out` });
  const connector = await sink.start(config, sinkContext('.'));
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  await task.write([sinkRecord({ value: 'x', key: 'k', headers: { h: '1' } })], AbortSignal.timeout(9_000));
  for await (const message of heard) {
    assert.deepEqual([message.headers?.get('connect-key'), message.headers?.get('h')], ['k', '1']);
  }
});

it('runs its example', async (t) => {
  const printed = await runExample(t, 'nats.yaml', 2);
  assert.match(printed, /"n":100/);
});
