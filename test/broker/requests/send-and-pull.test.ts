import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeStoredMessages } from '../../../src/rocketmq/remoting/codec/stored-message.js';
import type { StoredMessage } from '../../../src/rocketmq/cluster.js';
import {
  createTopic,
  properties,
  pullFields,
  sendFields,
  sendOne,
  startForTest,
  type Reply,
} from '../raw-client.js';

const decode = (reply: Reply): Promise<StoredMessage[]> => decodeStoredMessages(reply.body, 'embedded');

function batchBody(messages: readonly { body: string; properties: string }[]): Buffer {
  const parts = messages.map(({ body, properties: encoded }) => {
    const length = 22 + Buffer.byteLength(body) + Buffer.byteLength(encoded);
    const part = Buffer.alloc(length);
    part.writeInt32BE(length, 0);
    part.writeInt32BE(Buffer.byteLength(body), 16);
    const end = 20 + part.write(body, 20);
    part.writeUInt16BE(Buffer.byteLength(encoded), end);
    part.write(encoded, end + 2);
    return part;
  });
  return Buffer.concat(parts);
}

test('a single message comes back as it was sent, with what the broker adds', async (context) => {
  const { broker, client } = await startForTest(context);
  await createTopic(client, 'orders');
  const pairs = { TAGS: 'tagA', KEYS: 'k1 k2', UNIQ_KEY: 'U1', grüße: 'ö' };
  const sent = await sendOne(client, 'orders', 1, 'héllo', pairs);
  assert.equal(sent.code, 0);
  assert.deepEqual([sent.fields.queueId, sent.fields.queueOffset], ['1', '0']);
  assert.equal(sent.fields.transactionId, 'U1');
  const pulled = await client.ask(11, pullFields('group', 'orders', 1, 0));
  assert.deepEqual([pulled.code, pulled.remark], [0, 'FOUND']);
  assert.deepEqual(pulled.fields, {
    suggestWhichBrokerId: '0',
    groupSysFlag: '0',
    nextBeginOffset: '1',
    maxOffset: '1',
    minOffset: '0',
    topicSysFlag: '0',
  });
  const [message, ...others] = await decode(pulled);
  assert.deepEqual(others, []);
  assert.equal(message?.body.toString(), 'héllo');
  assert.deepEqual([message.topic, message.queue, message.offset], ['orders', 1, 0]);
  assert.deepEqual([message.tag, message.key, message.id], ['tagA', 'k1 k2', 'U1']);
  assert.deepEqual({ ...message.properties }, { grüße: 'ö' });
  assert.equal(message.allProperties.CLUSTER, 'DefaultCluster');
  assert.equal(message.bornAt, 1_700_000_000_000);
  assert.ok(Math.abs(message.storedAt - Date.now()) < 60_000);
  const id = sent.fields.msgId ?? '';
  assert.equal(id.slice(0, 16), `7F000001${broker.port.toString(16).toUpperCase().padStart(8, '0')}`);
  const viewed = await client.ask(33, { offset: Number.parseInt(id.slice(16), 16) });
  assert.deepEqual(viewed.body, pulled.body);
  assert.equal((await client.ask(33, { offset: 1 })).code, 1);
});

test('a batch gets one offset after the other, and keeps each message apart', async (context) => {
  const { client } = await startForTest(context);
  await createTopic(client, 'orders');
  await sendOne(client, 'orders', 0, 'before');
  const body = batchBody([
    { body: 'one', properties: properties({ TAGS: 'a', n: '1' }) },
    { body: '', properties: '' },
    { body: 'three', properties: properties({ KEYS: 'k' }) },
  ]);
  const sent = await client.ask(320, sendFields('orders', 0, { m: true }), body);
  assert.deepEqual([sent.code, sent.fields.queueOffset], [0, '1']);
  assert.equal(sent.fields.msgId?.split(',').length, 3);
  const messages = await decode(await client.ask(11, pullFields('group', 'orders', 0, 1)));
  assert.deepEqual(
    messages.map(({ offset, body: data, tag, key, allProperties }) => [
      offset,
      data.toString(),
      tag,
      key,
      { ...allProperties },
    ]),
    [
      [1, 'one', 'a', undefined, { TAGS: 'a', n: '1' }],
      [2, '', undefined, undefined, {}],
      [3, 'three', undefined, 'k', { KEYS: 'k' }],
    ],
  );
});

test('the old request 10 with its long names is understood', async (context) => {
  const { client } = await startForTest(context);
  await createTopic(client, 'orders');
  const fields = {
    producerGroup: 'p',
    topic: 'orders',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 0,
  };
  const more = { sysFlag: 0, bornTimestamp: 5, flag: 7, properties: properties({ TAGS: 'x' }) };
  const sent = await client.ask(10, { ...fields, ...more }, Buffer.from('old'));
  assert.equal(sent.code, 0);
  const [message] = await decode(await client.ask(11, pullFields('group', 'orders', 0, 0)));
  assert.deepEqual([message?.body.toString(), message?.tag, message?.bornAt], ['old', 'x', 5]);
});

test('what cannot be stored rightly is refused', async (context) => {
  const { client } = await startForTest(context);
  await createTopic(client, 'orders');
  const code = async (pairs: Record<string, string>): Promise<number> =>
    (await sendOne(client, 'orders', 0, 'x', pairs)).code;
  assert.equal(await code({ DELAY: '3' }), 13);
  assert.equal(await code({ TIMER_DELAY_MS: '3' }), 13);
  assert.equal(await code({ TRAN_MSG: 'true' }), 16);
  assert.equal(await code({ big: 'x'.repeat(32_767) }), 13);
  assert.equal((await sendOne(client, 'orders', 2, 'x')).code, 29);
  assert.equal((await sendOne(client, 'no such', 0, 'x')).code, 29);
  assert.equal((await sendOne(client, 'SCHEDULE_TOPIC_XXXX', 0, 'x')).code, 16);
  assert.equal((await sendOne(client, 'rmq_sys_wheel_timer', 1, 'x')).code, 16);
  const unknown = await client.ask(310, sendFields('unknown', 0, { c: 'other' }), Buffer.from('x'));
  assert.equal(unknown.code, 17);
  const tooLarge = Buffer.alloc(4 * 1024 * 1024 + 1);
  assert.equal((await client.ask(310, sendFields('orders', 0), tooLarge)).code, 13);
  for (const broken of [
    Buffer.alloc(0),
    Buffer.alloc(21),
    Buffer.alloc(100),
    batchBody([{ body: 'a', properties: '' }]).subarray(0, 22),
  ]) {
    assert.equal((await client.ask(320, sendFields('orders', 0, { m: true }), broken)).code, 13);
  }
  const many = batchBody(Array.from({ length: 32_768 }, () => ({ body: '', properties: '' })));
  assert.equal((await client.ask(320, sendFields('orders', 0, { m: true }), many)).code, 13);
  assert.equal((await client.ask(320, sendFields('%RETRY%g', 0, { m: true }), many)).code, 13);
  assert.equal((await client.ask(30, { topic: 'orders', queueId: 0 })).fields.offset, '0');
});

test('an IPv6 flag of the sender does not change how its address is stored', async (context) => {
  const { client } = await startForTest(context);
  await createTopic(client, 'orders');
  await client.ask(310, sendFields('orders', 0, { f: 0x30 }), Buffer.from('x'));
  await sendOne(client, 'orders', 0, 'y');
  const messages = await decode(await client.ask(11, pullFields('group', 'orders', 0, 0)));
  assert.deepEqual(
    messages.map(({ body }) => body.toString()),
    ['x', 'y'],
  );
});

test('the first send makes an unknown topic where the sender allows it', async (context) => {
  const { client } = await startForTest(context);
  assert.equal((await client.ask(105, { topic: 'fresh' })).code, 17);
  assert.equal((await client.ask(105, { topic: 'TBW102' })).code, 0);
  assert.equal((await sendOne(client, 'fresh', 3, 'x')).code, 0);
  const config = JSON.parse((await client.ask(351, { topic: 'fresh' })).body.toString()) as Record<
    string,
    unknown
  >;
  assert.deepEqual([config.readQueueNums, config.writeQueueNums, config.perm], [4, 4, 6]);
});

test('a pull says where to go on when there is nothing at its place', async (context) => {
  const { client } = await startForTest(context);
  await createTopic(client, 'orders');
  const at = async (offset: number, queue = 0): Promise<unknown[]> => {
    const { code, remark, fields } = await client.ask(11, pullFields('group', 'orders', queue, offset));
    return [code, remark, fields.nextBeginOffset];
  };
  assert.deepEqual(await at(0), [19, 'NO_MESSAGE_IN_QUEUE', '0']);
  assert.deepEqual(await at(4), [21, 'NO_MESSAGE_IN_QUEUE', '0']);
  await sendOne(client, 'orders', 0, 'x');
  assert.deepEqual(await at(1), [19, 'OFFSET_OVERFLOW_ONE', '1']);
  assert.deepEqual(await at(9), [21, 'OFFSET_OVERFLOW_BADLY', '1']);
  assert.deepEqual(await at(-1), [21, 'OFFSET_TOO_SMALL', '0']);
  assert.equal((await at(0, 2))[0], 29);
  assert.equal((await client.ask(11, pullFields('group', 'nope', 0, 0))).code, 17);
  assert.equal((await client.ask(11, pullFields('group', 'orders', 0, 0, { sysFlag: 0 }))).code, 24);
  const sql = pullFields('group', 'orders', 0, 0, { expressionType: 'SQL92', subscription: 'a > 1' });
  assert.equal((await client.ask(11, sql)).code, 1);
});

test('a pull gives only the tags it asks for', async (context) => {
  const { client } = await startForTest(context);
  await createTopic(client, 'orders');
  for (const tag of ['a', 'b', 'c', 'a']) await sendOne(client, 'orders', 0, tag, { TAGS: tag });
  await sendOne(client, 'orders', 0, 'untagged');
  const pull = (subscription: string, offset = 0): Promise<Reply> =>
    client.ask(361, pullFields('group', 'orders', 0, offset, { subscription }));
  const bodies = async (reply: Reply): Promise<string[]> =>
    (await decode(reply)).map(({ body }) => body.toString());
  const both = await pull('a || c');
  assert.deepEqual(await bodies(both), ['a', 'c', 'a']);
  assert.equal(both.fields.nextBeginOffset, '5');
  const none = await pull('zzz');
  assert.deepEqual([none.code, none.remark, none.fields.nextBeginOffset], [20, 'NO_MATCHED_MESSAGE', '5']);
  assert.equal((await pull(' || ')).code, 23);
});

test('many messages come at once only when asked for, and always without a gap', async (context) => {
  const { client } = await startForTest(context);
  await createTopic(client, 'orders');
  const messages = Array.from({ length: 3_000 }, (_, n) => ({ body: `${n}`.padEnd(200), properties: '' }));
  await client.ask(320, sendFields('orders', 0, { m: true }), batchBody(messages));
  const few = await client.ask(11, pullFields('group', 'orders', 0, 0));
  assert.equal(few.fields.nextBeginOffset, '32');
  const many = await client.ask(
    11,
    pullFields('group', 'orders', 0, 10, { maxMsgNums: 5_000, maxMsgBytes: 2 ** 31 - 1 }),
  );
  assert.equal(many.fields.nextBeginOffset, '1034');
  const usual = await client.ask(11, pullFields('group', 'orders', 0, 0, { maxMsgNums: 5_000 }));
  assert.ok(usual.body.length <= 256 * 1024 && usual.body.length > 250 * 1024);
  const offsets = (await decode(usual)).map(({ offset }) => offset);
  assert.deepEqual(
    offsets,
    Array.from({ length: offsets.length }, (_, n) => n),
  );
});

test('a held pull is answered when a message comes, or when its time is over', async (context) => {
  const { client, connect } = await startForTest(context);
  await createTopic(client, 'orders');
  const waiting = await connect();
  const held = { sysFlag: 6, suspendTimeoutMillis: 60_000 };
  const pulls = [0, 1].map((queue) => waiting.ask(11, pullFields('group', 'orders', queue, 0, held)));
  // An answer behind the pulls' shows that they are held.
  assert.equal((await waiting.ask(30, { topic: 'orders', queueId: 0 })).code, 0);
  await sendOne(client, 'orders', 1, 'here');
  const [message] = await decode((await pulls[1]) ?? assert.fail());
  assert.equal(message?.body.toString(), 'here');
  const started = Date.now();
  const late = await waiting.ask(
    11,
    pullFields('group', 'orders', 1, 1, { sysFlag: 6, suspendTimeoutMillis: 100 }),
  );
  assert.deepEqual([late.code, late.fields.nextBeginOffset], [19, '1']);
  assert.ok(Date.now() - started >= 95);
  await client.ask(215, { topic: 'orders' });
  assert.equal((await (pulls[0] ?? assert.fail())).code, 17);
});

test('a pull that was held commits once, not again what its group is past by then', async (context) => {
  const { client, connect } = await startForTest(context);
  await createTopic(client, 'orders');
  for (const body of ['a', 'b', 'c']) await sendOne(client, 'orders', 0, body);
  const waiting = await connect();
  const mine = { consumerGroup: 'group', topic: 'orders', queueId: 0 };
  const held = { sysFlag: 7, suspendTimeoutMillis: 60_000, commitOffset: 1 };
  const pull = waiting.ask(11, pullFields('group', 'orders', 0, 3, held));
  assert.equal((await waiting.ask(14, mine)).fields.offset, '1');
  await client.ask(15, { ...mine, commitOffset: 3 });
  await sendOne(client, 'orders', 0, 'd');
  assert.equal((await pull).fields.nextBeginOffset, '4');
  assert.equal((await client.ask(14, mine)).fields.offset, '3');
});

test('messages are found by key and by unique key', async (context) => {
  const { client } = await startForTest(context);
  await createTopic(client, 'orders', 3);
  for (let n = 0; n < 30; n++) {
    await sendOne(client, 'orders', n % 3, `body ${n}`, { KEYS: `k${n} both`, UNIQ_KEY: `U${n}` });
  }
  const find = async (key: string, maxNum = 32): Promise<string[]> => {
    const fields = { topic: 'orders', key, maxNum, beginTimestamp: 0, endTimestamp: '9223372036854775807' };
    return (await decode(await client.ask(12, fields))).map(({ body }) => body.toString());
  };
  assert.deepEqual(await find('k7'), ['body 7']);
  assert.deepEqual(await find('U12'), ['body 12']);
  assert.equal((await find('both')).length, 30);
  assert.equal((await find('both', 4)).length, 4);
  const fields = { topic: 'orders', key: 'k', maxNum: 3, beginTimestamp: 0, endTimestamp: 1e15 };
  assert.equal((await client.ask(12, fields)).code, 22);
  const early = { ...fields, key: 'both', endTimestamp: 1 };
  assert.equal((await client.ask(12, early)).code, 22);
  const many = Array.from({ length: 100 }, () => ({ body: '', properties: properties({ KEYS: 'many' }) }));
  await client.ask(320, sendFields('orders', 0, { m: true }), batchBody(many));
  assert.equal((await find('many', 1_000)).length, 64, 'as many as a broker answers at most');
});
