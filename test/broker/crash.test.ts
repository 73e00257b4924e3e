import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { test, type TestContext } from 'node:test';
import { decodeStoredMessages } from '../../src/rocketmq/remoting/codec/stored-message.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';
import { connectForTest, createTopic, pullFields, sendFields, type RawClient } from './raw-client.js';

const child = fileURLToPath(new URL('crash-child.js', import.meta.url));

async function startChild(
  context: TestContext,
  dir: string,
): Promise<{ process: ChildProcess; port: number }> {
  const started = spawn(process.execPath, [child, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(context, () => started.kill('SIGKILL'));
  const [line] = (await once(started.stdout, 'data')) as [Buffer];
  return { process: started, port: Number(line.toString()) };
}

function batch(from: number, count: number): Buffer {
  const parts: Buffer[] = [];
  for (let n = from; n < from + count; n++) {
    const body = Buffer.from(`message ${n} ${'x'.repeat(n % 97)}`);
    const part = Buffer.alloc(22 + body.length);
    part.writeInt32BE(part.length, 0);
    part.writeInt32BE(body.length, 16);
    body.copy(part, 20);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Sends batches one after the other until the connection ends; returns how many messages were acknowledged. */
async function sendUntilKilled(
  client: RawClient,
  queue: number,
  from: number,
  each: number,
): Promise<number> {
  for (let acknowledged = from; ; acknowledged += each) {
    const reply = await Promise.race([
      client.ask(320, sendFields('orders', queue, { m: true }), batch(acknowledged, each)),
      client.closed.then(() => null),
    ]);
    if (reply === null) return acknowledged;
    assert.equal(reply.code, 0, reply.remark ?? undefined);
  }
}

async function countSound(client: RawClient, queue: number): Promise<number> {
  let offset = 0;
  for (;;) {
    const pulled = await client.ask(11, pullFields('check', 'orders', queue, offset, { maxMsgNums: 1024 }));
    if (pulled.code !== 0) return offset;
    for (const message of await decodeStoredMessages(pulled.body, 'embedded')) {
      assert.equal(message.offset, offset);
      assert.ok(message.body.toString().startsWith(`message ${offset} `), message.body.toString());
      offset++;
    }
  }
}

test('killed in the middle of writes, again and again, nothing acknowledged is lost', async (context) => {
  const dir = await temporaryFolder(context);
  let stored = [0, 0, 0];
  for (let round = 0; round < 4; round++) {
    const { process: broker, port } = await startChild(context, dir);
    const admin = await connectForTest(context, port);
    if (round === 0) await createTopic(admin, 'orders', 3);
    const found = await Promise.all(stored.map((_, queue) => countSound(admin, queue)));
    for (const [queue, count] of found.entries()) {
      assert.ok(count >= (stored[queue] ?? 0), `queue ${queue}: ${count} of ${stored[queue] ?? 0}`);
    }
    const senders = found.map(async (from, queue) =>
      sendUntilKilled(await connectForTest(context, port), queue, from, 10 + queue * 300),
    );
    while ((await countStored(admin)) < found.reduce((sum, n) => sum + n, 0) + 20_000);
    broker.kill('SIGKILL');
    stored = await Promise.all(senders);
  }
});

async function countStored(client: RawClient): Promise<number> {
  let sum = 0;
  for (const queueId of [0, 1, 2]) {
    sum += Number((await client.ask(30, { topic: 'orders', queueId })).fields.offset);
  }
  return sum;
}

test('an offset committed a second before the kill is there', async (context) => {
  const dir = await temporaryFolder(context);
  const first = await startChild(context, dir);
  const client = await connectForTest(context, first.port);
  await createTopic(client, 'orders');
  await client.ask(200, {}, { groupName: 'group' });
  const mine = { consumerGroup: 'group', topic: 'orders', queueId: 0 };
  let reached = Infinity;
  // Commits that go on must not put off the writing.
  for (let offset = 1; Date.now() - reached < 1_000; offset++) {
    await client.ask(15, { ...mine, commitOffset: Math.min(offset, 100) });
    if (offset === 100) reached = Date.now();
  }
  first.process.kill('SIGKILL');
  await client.closed;
  const second = await startChild(context, dir);
  const again = await connectForTest(context, second.port);
  assert.equal((await again.ask(14, mine)).fields.offset, '100');
});
