import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectCluster } from '../../../src/rocketmq/remoting/connect.js';
import { until } from '../../rig/until.js';
import { atEnd, temporaryFolder } from '../../temp-folder.js';
import { createTopic, startForTest } from '../raw-client.js';
import { endpointsOf, producerForTest } from './official-client.js';

const child = fileURLToPath(new URL('push-consumer-child.js', import.meta.url));

interface Consumed {
  readonly body: string;
  readonly attempt: number;
}

async function startPushConsumer(
  t: TestContext,
  endpoints: string,
  group: string,
  topic: string,
): Promise<Consumed[]> {
  const home = await temporaryFolder(t);
  const started = spawn(process.execPath, [child, endpoints, group, topic], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, HOME: home, USERPROFILE: home },
  });
  const exited = once(started, 'exit');
  atEnd(t, async () => {
    started.kill('SIGKILL');
    await exited;
  });
  const consumed: Consumed[] = [];
  createInterface(started.stdout).on('line', (line) => consumed.push(JSON.parse(line) as Consumed));
  return consumed;
}

test('PushConsumer gets every message, and again what failed', async (t) => {
  const { broker } = await startForTest(t, { grpcPort: 0 });
  const endpoints = endpointsOf(broker);
  const consumed = await startPushConsumer(t, endpoints, 'g', 'pushed');
  const producer = await producerForTest(t, endpoints);
  const bodies = ['fail 1 of these', ...Array.from({ length: 500 }, (_, n) => `message ${n}`)];
  await Promise.all(bodies.map((body) => producer.send({ topic: 'pushed', body: Buffer.from(body) })));
  await until('all to be consumed', () => consumed.length >= 502 || undefined);
  const failed = consumed.filter(({ body }) => body.startsWith('fail'));
  assert.deepEqual(
    failed.map(({ attempt }) => attempt),
    [1, 2],
  );
  assert.deepEqual(new Set(consumed.map(({ body }) => body)), new Set(bodies));
  assert.equal(consumed.length, 502);
  const cluster = connectCluster({ nameservers: [broker.address] });
  atEnd(t, () => cluster.close());
  await until('all to be acknowledged', async () => {
    const offsets = await cluster.admin.groupOffsets('g', ['pushed']);
    return offsets.every(({ offset, max }) => offset === max || (max === 0 && offset === null)) || undefined;
  });
});

test('PushConsumer of a FIFO group keeps the order, and gives up on a message for good', async (t) => {
  const { broker, client } = await startForTest(t, { grpcPort: 0 });
  await createTopic(client, 'fifo', 2);
  await client.ask(
    200,
    {},
    {
      groupName: 'orderly',
      consumeMessageOrderly: true,
      retryMaxTimes: 1,
      groupRetryPolicy: {
        type: 'EXPONENTIAL',
        exponentialRetryPolicy: { initial: 1_000, max: 1_000, multiplier: 1 },
      },
    },
  );
  const endpoints = endpointsOf(broker);
  const producer = await producerForTest(t, endpoints);
  const bodies = Array.from({ length: 60 }, (_, n) => (n === 20 ? 'fail 9 times' : `message ${n}`));
  for (const [n, body] of bodies.entries()) {
    await producer.send({ topic: 'fifo', messageGroup: `g${n % 2}`, body: Buffer.from(body) });
  }
  const consumed = await startPushConsumer(t, endpoints, 'orderly', 'fifo');
  await until('all to be consumed', () => consumed.length >= 61 || undefined);
  for (const group of [0, 1]) {
    const inOrder = bodies.filter((_, n) => n % 2 === group);
    const seen = consumed.map(({ body }) => body).filter((body) => inOrder.includes(body));
    assert.deepEqual([...new Set(seen)], inOrder);
  }
  const cluster = connectCluster({ nameservers: [broker.address] });
  atEnd(t, () => cluster.close());
  const letters = await until('the dead letter', async () => {
    const [queue] = (await cluster.admin.topic('%DLQ%orderly')) ?? [];
    const found = queue === undefined ? [] : await cluster.admin.peek(queue, 0, 10);
    return found.length > 0 ? found : undefined;
  });
  assert.deepEqual(
    letters.map((letter) => letter.body.toString()),
    ['fail 9 times'],
  );
  assert.equal(letters[0]?.allProperties.DLQ_ORIGIN_TOPIC, 'fifo');
});
