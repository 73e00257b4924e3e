import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { ListenError } from '../../src/broker/server/listen.js';
import { LockedError } from '../../src/store/lock.js';
import { StoreError } from '../../src/broker/storage/store-error.js';
import { linesLog } from './storage/store-for-test.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';
import { connectForTest, createTopic, pullFields, sendFields, sendOne, startForTest } from './raw-client.js';

test('an unknown request is answered as not supported, and named in the log', async (context) => {
  const log = linesLog();
  const { client } = await startForTest(context, { log });
  const { code, remark } = await client.ask(9_999);
  assert.deepEqual([code, remark], [3, ' request type 9999 not supported']);
  assert.match(log.lines.join('\n'), /9999/);
});

test('a request that lacks a field, or has a wrong one, is answered with what is wrong', async (context) => {
  const { client } = await startForTest(context);
  const missing = await client.ask(30, { topic: 'TBW102' });
  assert.deepEqual([missing.code, missing.remark], [1, 'the field queueId is missing']);
  const wrong = await client.ask(30, { topic: 'TBW102', queueId: '1.5' });
  assert.deepEqual([wrong.code, wrong.remark], [1, 'the field queueId is not a whole number: 1.5']);
});

test('bytes that are no frame end that connection only', async (context) => {
  const log = linesLog();
  const { broker, client, connect } = await startForTest(context, { log });
  const header = (json: string, length = json.length): Buffer => {
    const frame = Buffer.alloc(8 + json.length);
    frame.writeUInt32BE(4 + json.length, 0);
    frame.writeUInt32BE(length, 4);
    frame.write(json, 8);
    return frame;
  };
  const malformed = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.alloc(64),
    Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1]),
    header('{"code":'),
    header('[]'),
    header('{"code":"x","opaque":1,"flag":0}'),
    header('{}', 1_000),
    header('{"code":30,"opaque":1,"flag":0}', 0x0100_0010),
  ];
  for (const bytes of malformed) {
    const socket = net.connect(broker.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    const closed = once(socket, 'close');
    socket.write(bytes);
    await closed;
  }
  assert.equal(log.lines.length, malformed.length);
  const torn = await connect();
  torn.socket.write(header('{"code":30,"opaque":1,"flag":0}').subarray(0, 20));
  torn.close();
  const odd = await connect();
  odd.socket.write(header('{"code":30,"opaque":99,"flag":0,"extFields":{"topic":5,"queueId":null}}'));
  assert.equal((await odd.ask(30, { topic: 'TBW102', queueId: 0 })).code, 0);
  assert.equal((await client.ask(30, { topic: 'TBW102', queueId: 0 })).code, 0);
});

test('a frame may come in any pieces', async (context) => {
  const { client } = await startForTest(context);
  const { socket } = client;
  const write = socket.write.bind(socket);
  socket.write = (data: Uint8Array | string): boolean => {
    for (const byte of Buffer.from(data)) write(Buffer.from([byte]));
    return true;
  };
  assert.equal((await client.ask(105, { topic: 'TBW102' })).code, 0);
});

test('a client that does not read does not make the broker pile up answers', async (context) => {
  const { client, connect } = await startForTest(context);
  await createTopic(client, 'orders');
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  for (let n = 0; n < 4; n++)
    assert.equal((await client.ask(310, sendFields('orders', 0), megabyte)).code, 0);
  const slow = await connect();
  slow.socket.pause();
  const before = process.memoryUsage().arrayBuffers;
  const pulls = Array.from({ length: 300 }, (_, n) => slow.ask(11, pullFields('group', 'orders', 0, n % 4)));
  for (let n = 0; n < 20; n++) await client.ask(30, { topic: 'orders', queueId: 0 });
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 64 * 1024 * 1024, `${grown} bytes`);
  slow.socket.resume();
  for (const pull of pulls) assert.equal((await pull).code, 0);
});

test('a second broker on the folder is refused, and names who has it', async (context) => {
  const { broker, dir } = await startForTest(context);
  await assert.rejects(startEmbeddedBroker({ dir }), (error) => {
    return error instanceof LockedError && error.owner?.pid === process.pid;
  });
  await broker.close();
  await broker.close();
  const again = await startEmbeddedBroker({ dir });
  await again.close();
});

test('it listens on this machine only, unless allowed', async (context) => {
  const dir = await temporaryFolder(context);
  for (const host of ['0.0.0.0', '192.168.1.1', '::', 'example.org']) {
    await assert.rejects(startEmbeddedBroker({ dir, host }), ListenError);
  }
  const broker = await startEmbeddedBroker({ dir, host: '0.0.0.0', allowRemote: true });
  await broker.close();
});

test('a port that is taken is named, and the folder is free again', async (context) => {
  const { broker } = await startForTest(context);
  const dir = await temporaryFolder(context);
  await assert.rejects(startEmbeddedBroker({ dir, port: broker.port }), (error) => {
    return error instanceof ListenError && error.message.includes(`127.0.0.1:${broker.port}`);
  });
  const other = await startEmbeddedBroker({ dir });
  await other.close();
});

test('old messages that cannot be removed are told of, and end nothing', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const log = linesLog();
  const retention = { maxBytes: 1_000, maxAgeMs: 1e9 };
  const { client, dir } = await startForTest(context, { log, segmentBytes: 500, retention });
  await createTopic(client, 'orders');
  for (let n = 0; n < 20; n++) await sendOne(client, 'orders', 0, `message ${n}`);
  const [first = ''] = readdirSync(join(dir, 'log')).sort();
  rmSync(join(dir, 'log', first));
  mkdirSync(join(dir, 'log', first));
  context.mock.timers.tick(10_000);
  assert.match(log.lines.join('\n'), /old messages were not removed: .*EISDIR/);
  assert.equal((await client.ask(31, { topic: 'orders', queueId: 0 })).fields.offset, '0');
  assert.equal((await client.ask(11, pullFields('group', 'orders', 0, 0))).code, 0);
});

test('damaged settings stop the start and are named', async (context) => {
  for (const name of ['topics.json', 'groups.json', 'offsets.json']) {
    const dir = await temporaryFolder(context);
    for (const content of ['{', '{"version":2}']) {
      writeFileSync(join(dir, name), content);
      await assert.rejects(startEmbeddedBroker({ dir }), (error) => {
        return error instanceof StoreError && error.message.includes(name);
      });
    }
  }
});

test('topics, groups and messages are there after a restart', async (context) => {
  const { broker, client, dir } = await startForTest(context);
  await createTopic(client, 'orders', 3);
  await client.ask(200, {}, { groupName: 'group', retryMaxTimes: 5 });
  await sendOne(client, 'orders', 2, 'x');
  await broker.close();
  const again = await startEmbeddedBroker({ dir });
  atEnd(context, () => again.close());
  const other = await connectForTest(context, again.port);
  const topic = JSON.parse((await other.ask(351, { topic: 'orders' })).body.toString()) as Record<
    string,
    unknown
  >;
  assert.equal(topic.readQueueNums, 3);
  const group = JSON.parse((await other.ask(352, { group: 'group' })).body.toString()) as Record<
    string,
    unknown
  >;
  assert.equal(group.retryMaxTimes, 5);
  assert.equal((await other.ask(11, pullFields('group', 'orders', 2, 0))).code, 0);
});
