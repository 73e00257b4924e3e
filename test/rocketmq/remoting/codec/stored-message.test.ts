import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeStoredMessages } from '../../../../src/rocketmq/remoting/codec/stored-message.js';
import { writeInt64 } from '../../../../src/rocketmq/remoting/codec/int64.js';
import { fixture } from '../fixture-subject.js';
import { frameOf, recorded } from '../recorded-exchange.js';

const pulled = frameOf(recorded('pull').answer).body;
const decode = (data: Buffer) => decodeStoredMessages(data, fixture.broker);

test('decodes what a real broker stored of a batch', async () => {
  const messages = await decode(pulled);
  assert.deepEqual(
    messages.map(({ body, key, tag, properties }) => ({ body, key, tag, properties })),
    fixture.messages.map((sent) => ({
      body: sent.body,
      key: 'key' in sent ? sent.key : undefined,
      tag: 'tag' in sent ? sent.tag : undefined,
      properties: 'properties' in sent ? sent.properties : {},
    })),
  );
  assert.deepEqual(
    messages.map(({ topic, broker, queue, offset, reconsumeTimes, id }) => [
      topic,
      broker,
      queue,
      offset,
      reconsumeTimes,
      id,
    ]),
    [1, 2, 3, 4].map((n) => [fixture.topic, fixture.broker, 0, n - 1, 0, String(n).padStart(32, '0')]),
  );
  const [first] = messages;
  assert.ok(first !== undefined);
  assert.ok(first.bornAt > 1_700_000_000_000 && first.storedAt >= first.bornAt);
  assert.equal(first.allProperties.UNIQ_KEY, first.id);
});

test('leaves bodies where they are', async () => {
  const [first] = await decode(pulled);
  assert.equal(first?.body.buffer, pulled.buffer);
});

test('decompresses what Java clients compressed', async () => {
  const messages = await decode(frameOf(recorded('pull-compressed').answer).body);
  assert.deepEqual(
    messages.map(({ key, body, properties }) => [key, body.toString(), properties]),
    ['ZLIB', 'LZ4', 'ZSTD'].map((type) => [type, 'compressed by Java, '.repeat(40), { compression: type }]),
  );
});

test('says which message cannot be decompressed', async () => {
  const broken = Buffer.from(frameOf(recorded('pull-compressed').answer).body);
  broken.fill(0xee, 95, 110);
  await assert.rejects(decode(broken), {
    code: 'protocol',
    message: /message at offset 4 of queue 0 of topic fixture-topic on broker broker-a: its body cannot/,
  });
});

test('reads IPv6 hosts, long topics and the id a broker gives', async () => {
  const topic = 't'.repeat(200);
  const message = longTopicMessage(topic);
  const [first, second] = await decode(Buffer.concat([message, pulled]));
  assert.equal(first?.topic, topic);
  assert.equal(first.queue, 3);
  assert.equal(first.offset, 2 ** 33 + 5);
  assert.equal(first.bornAt, 1_700_000_000_001);
  assert.equal(first.storedAt, 1_700_000_000_002);
  assert.equal(first.reconsumeTimes, 2);
  assert.equal(first.body.toString(), 'v6');
  assert.equal(first.id, `${'AB'.repeat(16)}00002A9F0000000000000063`);
  assert.deepEqual(first.properties, { a: 'b' });
  assert.equal(second?.topic, fixture.topic);
});

test('refuses bytes that are no messages', async () => {
  for (const cut of [1, 50, 90, pulled.length - 1]) {
    await assert.rejects(decode(pulled.subarray(0, cut)), { code: 'protocol' });
  }
  for (const at of [0, 4, 84]) {
    const broken = Buffer.from(pulled);
    broken.writeUInt32BE(0xffffffff, at);
    await assert.rejects(decode(broken), { code: 'protocol' }, `broken at ${at}`);
  }
  await assert.rejects(decode(Buffer.alloc(200)), { code: 'protocol' });
});

function longTopicMessage(topic: string): Buffer {
  const head = Buffer.alloc(48);
  head.writeUInt32BE(0xdaa320ab, 4);
  head.writeInt32BE(3, 12);
  writeInt64(head, 2 ** 33 + 5, 20);
  writeInt64(head, 99, 28);
  head.writeInt32BE(0x30, 36);
  writeInt64(head, 1_700_000_000_001, 40);
  const host = Buffer.alloc(20, 0xab);
  host.writeInt32BE(10_911, 16);
  const middle = Buffer.alloc(16);
  middle.writeInt32BE(2, 0);
  middle.writeInt32BE(2, 12);
  const message = Buffer.concat([
    head,
    host,
    int64(1_700_000_000_002),
    host,
    middle,
    Buffer.from('v6'),
    int16(topic.length),
    Buffer.from(topic),
    int16(4),
    Buffer.from('a\u0001b\u0002'),
  ]);
  message.writeUInt32BE(message.length, 0);
  return message;
}

function int64(value: number): Buffer {
  const data = Buffer.alloc(8);
  writeInt64(data, value, 0);
  return data;
}

function int16(value: number): Buffer {
  const data = Buffer.alloc(2);
  data.writeUInt16BE(value, 0);
  return data;
}
