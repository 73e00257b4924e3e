import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, it, type TestContext } from 'node:test';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import rabbitPlugin from '../../connectors/rabbitmq/index.js';
import { ConnectorError, errorText } from '../../src/sdk/index.js';
import { acceptanceSuite, sinkContext, sinkRecord } from '../../src/sdk/acceptance/index.js';
import { runExample } from '../rig/example.js';
import { CuttableProxy } from '../conformance/cuttable-proxy.js';
import { arrivalOf, fileToSink, numbered, sourceToFile } from '../rig/through-rocketmq.js';
import { until } from '../rig/until.js';

const url = 'amqp://guest:guest@127.0.0.1:5672';
let connection: ChannelModel;
let channel: ConfirmChannel;
before(async () => {
  connection = await connect(url);
  channel = await connection.createConfirmChannel();
});
after(() => connection.close());

const { source, sink } = rabbitPlugin;
assert.ok(source !== undefined && sink !== undefined);

/** A queue that is gone when the test is over. */
async function queueFor(t: TestContext): Promise<string> {
  const queue = `rmq-connect-test-${randomUUID()}`;
  await channel.assertQueue(queue, { durable: true });
  t.after(() => channel.deleteQueue(queue));
  return queue;
}

async function send(queue: string, values: readonly string[]): Promise<void> {
  for (const value of values) channel.sendToQueue(queue, Buffer.from(value), { persistent: true });
  await channel.waitForConfirms();
}

const waitingIn = async (queue: string): Promise<number> => (await channel.checkQueue(queue)).messageCount;

/** Takes all that is there, and gives it back. */
async function valuesOf(queue: string): Promise<readonly string[]> {
  const looking = await connection.createChannel();
  const values: string[] = [];
  for (;;) {
    const message = await looking.get(queue);
    if (message === false) break;
    values.push(message.content.toString());
  }
  await looking.close();
  return values;
}

acceptanceSuite(rabbitPlugin, {
  source: {
    scene: async (t) => {
      const queue = await queueFor(t);
      const values = ['first', 'second', '', 'é✓', 'last'];
      await send(queue, values);
      return {
        config: { url, queue },
        baseDir: process.cwd(),
        contents: { [queue]: values },
        add: async () => {
          await send(queue, ['more', 'and more']);
          return { [queue]: ['more', 'and more'] };
        },
        break: async () => {
          await channel.deleteQueue(queue);
        },
      };
    },
  },
  sink: {
    scene: async (t) => {
      const queue = await queueFor(t);
      return {
        config: { url, routing_key: queue },
        baseDir: process.cwd(),
        written: () => valuesOf(queue),
        break: async () => {
          await channel.deleteQueue(queue);
          return async () => {
            await channel.assertQueue(queue, { durable: true });
          };
        },
      };
    },
  },
});

it('a worker that is killed in the middle loses nothing', { timeout: 120_000 }, async (t) => {
  const queue = await queueFor(t);
  const expected = numbered(0, 4_000);
  await send(queue, expected);
  const job = await sourceToFile(t, { plugin: 'rabbitmq', config: { url, queue } });
  const worker = job.start();
  await job.linesReach(1);
  await worker.kill();
  await job.runOnce();
  assert.equal(arrivalOf(expected, await job.lines()).missing, 0);
  assert.equal(await waitingIn(queue), 0, 'an orderly end acknowledges all');
});

it('sink: a worker that is killed in the middle loses nothing', { timeout: 120_000 }, async (t) => {
  const queue = await queueFor(t);
  const expected = numbered(0, 4_000);
  const job = await fileToSink(t, expected, { plugin: 'rabbitmq', config: { url, routing_key: queue } });
  const worker = job.start();
  await until('some messages', async () => ((await waitingIn(queue)) > 0 ? true : undefined), { everyMs: 5 });
  await worker.kill();
  await job.runOnce();
  assert.equal(arrivalOf(expected, await valuesOf(queue)).missing, 0);
});

it(
  'connections that are cut, and cut again, lose nothing, read or written',
  { timeout: 120_000 },
  async (t) => {
    const proxy = await CuttableProxy.before('127.0.0.1:5672');
    t.after(() => proxy.close());
    const its = `amqp://guest:guest@${proxy.address}`;
    const [from, to] = [await queueFor(t), await queueFor(t)];
    const expected = numbered(0, 2_000);
    await send(from, expected.slice(0, 1_000));
    const reading = await sourceToFile(t, { plugin: 'rabbitmq', config: { url: its, queue: from } });
    const writing = await fileToSink(t, expected, {
      plugin: 'rabbitmq',
      config: { url: its, routing_key: to },
    });
    const reader = reading.start();
    const writer = writing.start();
    await reading.linesReach(1);
    proxy.cut();
    await reader.printed(/RabbitMQ at .*: connection: /);
    await send(from, expected.slice(1_000));
    proxy.cut();
    await until('all to be read', async () =>
      arrivalOf(expected, await reading.lines()).missing === 0 ? true : undefined,
    );
    await until('all to be written', async () => ((await waitingIn(to)) >= 2_000 ? true : undefined));
    assert.equal(arrivalOf(expected, await valuesOf(to)).missing, 0);
    await reader.kill();
    await writer.kill();
  },
);

it('wrong credentials, a missing queue and a missing exchange are errors that say what to do', async () => {
  const wrong = { url: 'amqp://guest:wrong-one@127.0.0.1:5672' };
  await assert.rejects(sink.start(sink.spec.parse(wrong), sinkContext('.')), (error) => {
    assert.ok(error instanceof ConnectorError);
    assert.deepEqual([error.code, error.retryable], ['denied', false]);
    assert.match(error.hint ?? '', /password in url/);
    assert.doesNotMatch(error.message, /wrong-one/);
    return true;
  });
  const missing = source.spec.parse({ url, queue: `none-${randomUUID()}` });
  await assert.rejects(source.start(missing, sinkContext('.')), { code: 'not_found' });
  const exchange = sink.spec.parse({ url, exchange: `none-${randomUUID()}` });
  await assert.rejects(sink.start(exchange, sinkContext('.')), { code: 'not_found' });
});

it('what was stored when the connection is gone already is no error of its own, and comes again', async (t) => {
  const proxy = await CuttableProxy.before('127.0.0.1:5672');
  t.after(() => proxy.close());
  const queue = await queueFor(t);
  await send(queue, ['a']);
  const context = { ...sinkContext('.'), task: 0, anew: () => Promise.resolve() };
  const config = source.spec.parse({ url: `amqp://guest:guest@${proxy.address}`, queue });
  const connector = await source.start(config, context);
  const task = await connector.open({ part: 0 }, context, new Map());
  const batch = await task.read(AbortSignal.timeout(9_000));
  assert.ok(batch !== null);
  proxy.cut();
  await assert.rejects(task.read(AbortSignal.timeout(9_000)), { code: 'unreachable' });
  await task.committed?.(batch.partition, batch.records[0]?.position ?? null);
  await task.close();
  await until('it to be given back', async () => ((await waitingIn(queue)) === 1 ? true : undefined));
});

it('a queue that is full takes a batch in parts, and nothing of it again and again', async (t) => {
  const queue = `rmq-connect-test-${randomUUID()}`;
  const limits = { 'x-max-length': 100, 'x-overflow': 'reject-publish' };
  await channel.assertQueue(queue, { durable: true, arguments: limits });
  t.after(() => channel.deleteQueue(queue));
  const connector = await sink.start(sink.spec.parse({ url, routing_key: queue }), sinkContext('.'));
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  const values = numbered(0, 450);
  const records = values.map((value, offset) => sinkRecord({ value, offset }));
  const arrived: string[] = [];
  const take = async (): Promise<void> => {
    for (let one = await channel.get(queue); one !== false; one = await channel.get(queue)) {
      arrived.push(one.content.toString());
      channel.ack(one);
    }
  };
  for (let tries = 1; ; tries += 1) {
    assert.ok(tries < 20, `${String(new Set(arrived).size)} of 450 after ${String(tries)} tries`);
    const failed: unknown = await task.write(records, AbortSignal.timeout(20_000)).then(
      () => null,
      (error: unknown) => error,
    );
    await take();
    if (failed === null) break;
    assert.ok(failed instanceof ConnectorError && failed.code === 'unavailable', errorText(failed));
    assert.match(`${failed.message} ${failed.hint ?? ''}`, /were nacked.*the queue is full/);
  }
  assert.equal(arrivalOf(values, arrived).missing, 0);
});

it('declare: a queue that was deleted under the sink is made again, and no record is blamed for that', async (t) => {
  const queue = await queueFor(t);
  const config = sink.spec.parse({ url, routing_key: queue, declare: true });
  const connector = await sink.start(config, sinkContext('.'));
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  const records = ['a', 'b', 'c'].map((value, offset) => sinkRecord({ value, offset }));
  await task.write(records.slice(0, 1), AbortSignal.timeout(9_000));
  await channel.deleteQueue(queue);
  await task.write(records.slice(1), AbortSignal.timeout(9_000));
  assert.deepEqual(await valuesOf(queue), ['b', 'c']);
});

it('a server that fell silent keeps nobody from ending', async (t) => {
  const proxy = await CuttableProxy.before('127.0.0.1:5672');
  t.after(() => proxy.close());
  const queue = await queueFor(t);
  const context = { ...sinkContext('.'), task: 0, anew: () => Promise.resolve() };
  const its = { url: `amqp://guest:guest@${proxy.address}`, timeout_ms: 1_000 };
  const connector = await source.start(source.spec.parse({ ...its, queue }), context);
  const task = await connector.open({ part: 0 }, context, new Map());
  proxy.hush();
  const started = performance.now();
  await task.close();
  assert.ok(performance.now() - started < 10_000, 'it did not wait for heartbeats');
});

it('publishes to an exchange by a routing key of the record, with key and headers; what no queue takes is refused', async (t) => {
  const queue = await queueFor(t);
  const exchange = `rmq-connect-test-${randomUUID()}`;
  await channel.assertExchange(exchange, 'topic', { durable: false });
  t.after(() => channel.deleteExchange(exchange));
  await channel.bindQueue(queue, exchange, 'eu.*');
  const config = sink.spec.parse({ url, exchange, routing_key: '{value.region}.orders' });
  const connector = await sink.start(config, sinkContext('.'));
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  const records = ['eu', 'us', 'eu'].map((region, offset) =>
    sinkRecord({ value: { region }, key: 'k', headers: { h: '1' }, offset }),
  );
  await assert.rejects(task.write(records, AbortSignal.timeout(9_000)), (error) => {
    assert.ok(error instanceof Error && 'refused' in error && Array.isArray(error.refused));
    assert.deepEqual(
      error.refused.map(({ index }: { index: number }) => index),
      [1],
    );
    return true;
  });
  const message = await channel.get(queue);
  assert.ok(message !== false);
  assert.deepEqual(message.properties.headers, { h: '1', 'connect-key': 'k' });
  assert.deepEqual([message.fields.messageCount, message.properties.deliveryMode], [1, 2]);
  channel.ack(message);
});

it('runs its example', async (t) => {
  t.after(() => channel.deleteQueue('rmq-connect-example'));
  const printed = await runExample(t, 'rabbitmq.yaml', 2);
  assert.match(printed, /"n":100/);
});
