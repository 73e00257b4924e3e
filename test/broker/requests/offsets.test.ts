import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseTolerantJson } from '../../../src/rocketmq/remoting/codec/tolerant-json.js';
import { startEmbeddedBroker } from '../../../src/broker/embedded-broker.js';
import { atEnd } from '../../temp-folder.js';
import { connectForTest, createTopic, pullFields, sendOne, startForTest, type Reply } from '../raw-client.js';

const queue = { topic: 'orders', queueId: 0 };
const mine = { ...queue, consumerGroup: 'group' };
const outcome = ({ code, fields }: Reply): unknown[] => [code, fields.offset];

/** A map with objects as keys, as pairs with plain keys: `topic/queue`. */
function table(reply: Reply): Record<string, unknown> {
  const parsed = parseTolerantJson(reply.body.toString());
  assert.ok(parsed instanceof Map);
  const offsets = parsed.get('offsetTable');
  assert.ok(offsets instanceof Map);
  const result: Record<string, unknown> = {};
  for (const [key, value] of offsets) {
    assert.ok(key instanceof Map);
    const [topic, queueId] = [key.get('topic'), key.get('queueId')];
    assert.ok(typeof topic === 'string' && typeof queueId === 'number');
    result[`${topic}/${queueId}`] = value instanceof Map ? Object.fromEntries(value) : value;
  }
  return result;
}

test('a group has no offset until it commits one', async (context) => {
  const { client } = await startForTest(context);
  await createTopic(client, 'orders');
  assert.equal((await client.ask(14, mine)).code, 22);
  await sendOne(client, 'orders', 0, 'x');
  assert.deepEqual(outcome(await client.ask(14, mine)), [0, '0']);
  assert.equal((await client.ask(14, { ...mine, setZeroIfNotFound: false })).code, 22);
  assert.equal((await client.ask(15, { ...mine, commitOffset: 1 })).code, 26);
  await client.ask(200, {}, { groupName: 'group' });
  assert.equal((await client.ask(15, { ...mine, topic: 'nope', commitOffset: 1 })).code, 17);
  assert.equal((await client.ask(15, { ...mine, commitOffset: 1 })).code, 0);
  assert.deepEqual(outcome(await client.ask(14, { ...mine, setZeroIfNotFound: false })), [0, '1']);
});

test('a commit may be one-way and outlives a restart', async (context) => {
  const { broker, client, dir } = await startForTest(context);
  await createTopic(client, 'orders');
  await sendOne(client, 'orders', 0, 'x');
  await client.ask(200, {}, { groupName: 'group' });
  client.send(15, { ...mine, commitOffset: 1 }, Buffer.alloc(0), 2);
  assert.deepEqual(outcome(await client.ask(14, mine)), [0, '1']);
  await broker.close();
  const again = await startEmbeddedBroker({ dir });
  atEnd(context, () => again.close());
  const other = await connectForTest(context, again.port);
  assert.deepEqual(outcome(await other.ask(14, mine)), [0, '1']);
  assert.deepEqual(outcome(await other.ask(30, queue)), [0, '1']);
});

test('a topic that was deleted just before a kill leaves no offsets to one of its name', async (context) => {
  const { broker, client, dir } = await startForTest(context);
  await createTopic(client, 'orders');
  await client.ask(200, {}, { groupName: 'group' });
  await client.ask(15, { ...mine, commitOffset: 100 });
  await broker.close();
  const offsets = readFileSync(join(dir, 'offsets.json'));
  const second = await startEmbeddedBroker({ dir });
  await (await connectForTest(context, second.port)).ask(215, { topic: 'orders' });
  await second.close();
  writeFileSync(join(dir, 'offsets.json'), offsets);
  const third = await startEmbeddedBroker({ dir });
  atEnd(context, () => third.close());
  const last = await connectForTest(context, third.port);
  await createTopic(last, 'orders');
  assert.equal((await last.ask(14, mine)).code, 22);
});

test('a reset waits for the next pull, and commits are ignored until then', async (context) => {
  const { client } = await startForTest(context);
  await createTopic(client, 'orders');
  for (let n = 0; n < 5; n++) await sendOne(client, 'orders', 0, `${n}`);
  const reset = { topic: 'orders', group: 'group', isForce: true };
  assert.equal((await client.ask(222, { ...reset, timestamp: 0 })).code, 26);
  await client.ask(200, {}, { groupName: 'group' });
  assert.equal((await client.ask(222, { ...reset, topic: 'nope', timestamp: 0 })).code, 17);
  const byOffset = await client.ask(222, { ...reset, timestamp: -1, queueId: 0, offset: 2 });
  assert.deepEqual(table(byOffset), { 'orders/0': 2 });
  assert.deepEqual(outcome(await client.ask(14, mine)), [0, '2']);
  const ignored = await client.ask(15, { ...mine, commitOffset: 5 });
  assert.deepEqual([ignored.code, ignored.remark], [0, 'Offset has been previously reset']);
  assert.deepEqual(outcome(await client.ask(14, mine)), [0, '2']);
  const pulled = await client.ask(11, pullFields('group', 'orders', 0, 0));
  assert.deepEqual([pulled.code, pulled.remark, pulled.fields.nextBeginOffset], [21, 'OFFSET_RESET', '2']);
  await client.ask(15, { ...mine, commitOffset: 5 });
  assert.deepEqual(outcome(await client.ask(14, mine)), [0, '5']);
  const beyond = await client.ask(222, { ...reset, timestamp: -1, queueId: 0, offset: 100 });
  assert.deepEqual([beyond.code, beyond.remark], [1, 'Target offset 100 not in consume queue range [0-5]']);
  assert.deepEqual(table(await client.ask(222, { ...reset, timestamp: -1 })), {
    'orders/0': 5,
    'orders/1': 0,
  });
  assert.deepEqual(table(await client.ask(222, { ...reset, timestamp: 0 })), {
    'orders/0': 0,
    'orders/1': 0,
  });
});

test('offsets are found by time, from below and from above', async (context) => {
  const { client } = await startForTest(context);
  await createTopic(client, 'orders');
  await sendOne(client, 'orders', 0, 'a');
  const at = Number((await client.ask(32, queue)).fields.timestamp);
  // The second message must be stored in a later millisecond.
  while (Date.now() <= at + 1) await sendOne(client, 'orders', 1, 'meanwhile');
  await sendOne(client, 'orders', 0, 'b');
  const search = async (timestamp: number, boundaryType?: string): Promise<string | undefined> =>
    (await client.ask(29, { ...queue, timestamp, ...(boundaryType === undefined ? {} : { boundaryType }) }))
      .fields.offset;
  assert.deepEqual([await search(0), await search(at), await search(at + 1)], ['0', '0', '1']);
  assert.deepEqual([await search(1e14), await search(1e14, 'UPPER')], ['2', '1']);
  assert.deepEqual([await search(at + 1, 'UPPER'), await search(0, 'UPPER')], ['0', '0']);
  const empty = { topic: 'TBW102', queueId: 0 };
  assert.equal((await client.ask(29, { ...empty, timestamp: 5 })).fields.offset, '0');
  assert.equal((await client.ask(32, empty)).fields.timestamp, '-1');
});

test('statistics show topics and groups by queue', async (context) => {
  const { client } = await startForTest(context);
  await createTopic(client, 'orders');
  for (let n = 0; n < 3; n++) await sendOne(client, 'orders', 0, `${n}`);
  const stats = table(await client.ask(202, { topic: 'orders' })) as Record<string, Record<string, number>>;
  assert.deepEqual([stats['orders/0']?.minOffset, stats['orders/0']?.maxOffset], [0, 3]);
  assert.ok((stats['orders/0']?.lastUpdateTimestamp ?? 0) > 1e12);
  assert.deepEqual(stats['orders/1'], { lastUpdateTimestamp: 0, maxOffset: 0, minOffset: 0 });
  assert.equal((await client.ask(202, { topic: 'nope' })).code, 17);

  await client.ask(11, pullFields('group', 'orders', 0, 0, { maxMsgNums: 2 }));
  await client.ask(15, { ...mine, commitOffset: 1 });
  const progress = table(await client.ask(208, { consumerGroup: 'group' })) as Record<
    string,
    Record<string, number>
  >;
  const { lastTimestamp, ...numbers } = progress['orders/0'] ?? {};
  assert.deepEqual(numbers, { brokerOffset: 3, consumerOffset: 1, pullOffset: 2 });
  assert.ok((lastTimestamp ?? 0) > 1e12);
  assert.equal(progress['orders/1']?.consumerOffset, 0);
  const listed = table(await client.ask(208, { consumerGroup: 'new', topicList: 'orders;nope' }));
  assert.deepEqual(Object.keys(listed), ['orders/0', 'orders/1']);
  assert.deepEqual(table(await client.ask(208, { consumerGroup: 'new' })), {});
  assert.equal((await client.ask(300, { topic: 'orders' })).body.toString(), '{"groupList":["group"]}');
  const all = parseTolerantJson((await client.ask(43)).body.toString());
  assert.ok(all instanceof Map);
  const committed = all.get('offsetTable');
  assert.ok(committed instanceof Map);
  const queues = committed.get('orders@group');
  assert.ok(queues instanceof Map);
  assert.equal(queues.get('0'), 1);
});
