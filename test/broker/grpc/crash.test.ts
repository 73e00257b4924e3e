import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Producer, SimpleConsumer } from 'rocketmq-client-nodejs';
import messages from 'rocketmq-client-nodejs/dist/message/PublishingMessage.js';
import routes from 'rocketmq-client-nodejs/dist/route/MessageQueue.js';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { connectCluster } from '../../../src/rocketmq/remoting/connect.js';
import { freePort } from '../../rig/rocketmq/ports.js';
import { atEnd, temporaryFolder } from '../../temp-folder.js';
import { bodyOf, producerForTest, simpleConsumerForTest } from './official-client.js';

const child = fileURLToPath(new URL('broker-child.js', import.meta.url));
const total = 100_000;
const singles = 4_000;
const perBatch = 100;

after(() => {
  // A client that lost its server once leaves streams behind that connect for ever.
  setTimeout(() => process.exit(), 500);
});

/** A broker that can be killed. It outlives the clients that are made later: they hang without it. */
async function brokerForTest(t: TestContext) {
  const dir = await temporaryFolder(t);
  const [port, grpcPort] = [await freePort(), await freePort()];
  const start = async (): Promise<ChildProcess> => {
    const args = [child, dir, String(port), String(grpcPort)];
    const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(started.stdout, 'data');
    return started;
  };
  let running = await start();
  const kill = async (): Promise<void> => {
    const exited = once(running, 'exit');
    running.kill('SIGKILL');
    await exited;
  };
  atEnd(t, kill);
  const restart = async (): Promise<void> => {
    await kill();
    running = await start();
  };
  return { nameserver: `127.0.0.1:${port}`, endpoints: `127.0.0.1:${grpcPort}`, restart };
}

/** Sends until it is stored, over all failures. */
async function insist(send: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await send();
      return;
    } catch {
      await pause(200);
    }
  }
}

/** The broker chooses the queue. */
const anyQueue = new routes.MessageQueue(
  new definition.MessageQueue()
    .setTopic(new definition.Resource().setName('many'))
    .setBroker(new definition.Broker().setEndpoints(new definition.Endpoints())),
);

async function sendBatch(producer: Producer, bodies: readonly string[]): Promise<void> {
  const request = new service.SendMessageRequest();
  for (const body of bodies) {
    const options = { topic: 'many', body: Buffer.from(body) };
    const message = new messages.PublishingMessage(options, producer.publishingSettings, false);
    request.addMessages(message.toProtobuf('', anyQueue));
  }
  const endpoints = producer.getEndpoints();
  const response = await producer.getRpcClientManager().sendMessage(endpoints, request, 5_000);
  assert.equal(response.getStatus()?.getCode(), definition.Code.OK);
}

/** Receives and acknowledges, over all failures, until `done`; notes what came. */
async function receiveUntil(
  consumer: SimpleConsumer,
  done: () => boolean,
  note: (body: string) => void,
): Promise<void> {
  while (!done()) {
    try {
      const received = await consumer.receive(32, 10_000);
      const [first] = received;
      if (first === undefined) continue;
      const request = new service.AckMessageRequest()
        .setGroup(new definition.Resource().setName('g'))
        .setTopic(new definition.Resource().setName('many'));
      for (const message of received) {
        note(bodyOf(message));
        request.addEntries(
          new service.AckMessageEntry()
            .setMessageId(message.messageId)
            .setReceiptHandle(message.receiptHandle),
        );
      }
      await consumer.ackMessageViaRpc(first.endpoints, request, 5_000);
    } catch {
      await pause(200);
    }
  }
}

test('100,000 messages of several clients: none is lost though the broker is killed twice', async (t) => {
  const { endpoints, nameserver, restart } = await brokerForTest(t);
  const producers = await Promise.all([1, 2].map(() => producerForTest(t, endpoints)));
  const [one] = producers;
  assert.ok(one !== undefined);
  await one.send({ topic: 'many', body: Buffer.from('first') });
  const consumers = await Promise.all(
    [1, 2].map(() => simpleConsumerForTest(t, endpoints, { group: 'g', topics: 'many', awaitMs: 1_000 })),
  );
  const missing = new Set(Array.from({ length: total }, (_, n) => `message ${n}`));
  const kills = [0.6, 0.3].map((share) => Math.floor(total * share));
  let restarting: Promise<void> | undefined;
  const note = (body: string): void => {
    missing.delete(body);
    if (kills[0] === undefined || missing.size > kills[0] || restarting !== undefined) return;
    kills.shift();
    restarting = restart().then(() => {
      restarting = undefined;
    });
  };
  let next = 0;
  const senders = Array.from({ length: 16 }, async (_, sender) => {
    const producer = producers[sender % 2] ?? one;
    for (;;) {
      const from = next;
      const count = from < singles ? 1 : perBatch;
      next += count;
      if (from >= total) return;
      const bodies = Array.from({ length: count }, (_unused, n) => `message ${from + n}`);
      await insist(() =>
        count === 1
          ? producer.send({ topic: 'many', body: Buffer.from(bodies[0] ?? '') })
          : sendBatch(producer, bodies),
      );
    }
  });
  const receivers = [...consumers, ...consumers].map((consumer) =>
    receiveUntil(consumer, () => missing.size === 0, note),
  );
  await Promise.all([...senders, ...receivers]);
  await restarting;
  assert.equal(kills.length, 0, 'the broker was killed twice');
  assert.equal(missing.size, 0);
  const cluster = connectCluster({ nameservers: [nameserver] });
  atEnd(t, () => cluster.close());
  const queues = (await cluster.admin.topic('many')) ?? [];
  const stored = queues.reduce((sum, { min, max }) => sum + max - min, 0);
  assert.ok(stored > total, 'the embedded broker has them all');
});

test('what was not acknowledged when the broker died comes again, and old handles are refused', async (t) => {
  const { endpoints, nameserver, restart } = await brokerForTest(t);
  const producer = await producerForTest(t, endpoints);
  for (const body of ['1', '2', '3'])
    await producer.send({ topic: 'few', messageGroup: 'g', body: Buffer.from(body) });
  const consumer = await simpleConsumerForTest(t, endpoints, { group: 'g', topics: 'few', awaitMs: 1_000 });
  const [first, second] = await consumer.receive(32, 60_000);
  assert.ok(first !== undefined && second !== undefined);
  await consumer.ack(first);
  // Committed offsets are on the disk a fraction of a second later; the second is not acknowledged at all.
  const cluster = connectCluster({ nameservers: [nameserver] });
  const committed = async (): Promise<number> =>
    (await cluster.admin.groupOffsets('g', ['few'])).reduce((sum, { offset }) => sum + (offset ?? 0), 0);
  assert.equal(await committed(), 1);
  await pause(1_000);
  await cluster.close();
  await restart();
  const again = await (async () => {
    for (;;) {
      const received = await consumer.receive(32, 60_000).catch(() => []);
      if (received.length > 0) return received;
    }
  })();
  assert.deepEqual(again.map(bodyOf), ['2', '3']);
  assert.deepEqual(
    again.map((message) => message.deliveryAttempt),
    [1, 1],
  );
  await assert.rejects(consumer.ack(second), /before this one was started/);
});
