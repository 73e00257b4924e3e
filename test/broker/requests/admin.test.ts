import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopic, pullFields, sendOne, startForTest, type RawClient, type Reply } from '../raw-client.js';

const json = (reply: Reply): Record<string, unknown> =>
  JSON.parse(reply.body.toString()) as Record<string, unknown>;

test('a route has the form its asker can read', async (context) => {
  const { broker, client } = await startForTest(context);
  await createTopic(client, 'orders', 3);
  const body = async (fields: object): Promise<string> =>
    (await client.ask(105, { topic: 'orders', ...fields })).body.toString();
  const expected =
    `{"brokerDatas":[{"brokerAddrs":{"0":"${broker.address}"},"brokerName":"embedded","cluster":"DefaultCluster",` +
    '"enableActingMaster":false}],"filterServerTable":{},"queueDatas":[{"brokerName":"embedded","perm":6,' +
    '"readQueueNums":3,"topicSysFlag":0,"writeQueueNums":3}]}';
  assert.equal(await body({}), expected);
  assert.equal(await body({ acceptStandardJsonOnly: true }), expected);
  const cluster = (await client.ask(106)).body.toString();
  assert.equal(
    cluster,
    `{"brokerAddrTable":{"embedded":{"brokerAddrs":{0:"${broker.address}"},"brokerName":"embedded",` +
      '"cluster":"DefaultCluster","enableActingMaster":false}},"clusterAddrTable":{"DefaultCluster":["embedded"]}}',
  );
  assert.deepEqual(json(await client.ask(206)), { topicList: ['TBW102', 'orders'] });
  assert.deepEqual(json(await client.ask(224, { cluster: 'other' })), { topicList: [] });
});

test('topics are made, changed, shown and deleted', async (context) => {
  const { client } = await startForTest(context);
  const update = (topic: string, more: object = {}): Promise<Reply> =>
    client.ask(17, {
      topic,
      defaultTopic: 'TBW102',
      readQueueNums: 1,
      writeQueueNums: 1,
      perm: 6,
      topicFilterType: 'SINGLE_TAG',
      order: false,
      ...more,
    });
  assert.equal((await update('orders', { attributes: '+message.type=FIFO' })).code, 0);
  assert.deepEqual(json(await client.ask(351, { topic: 'orders' })), {
    attributes: { 'message.type': 'FIFO' },
    order: false,
    perm: 6,
    readQueueNums: 1,
    topicFilterType: 'SINGLE_TAG',
    topicName: 'orders',
    topicSysFlag: 0,
    writeQueueNums: 1,
  });
  for (const bad of ['', 'a b', 'x'.repeat(128), 'TBW102', 'rmq_sys_x'])
    assert.equal((await update(bad)).code, 29);
  assert.equal((await update('other', { attributes: '+message.type=MIXED' })).code, 29);
  assert.equal((await update('other', { attributes: '+cleanup.policy=COMPACTION' })).code, 1);
  assert.equal((await update('other', { readQueueNums: -1 })).code, 29);
  assert.equal((await client.ask(351, { topic: 'other' })).code, 17);
  await sendOne(client, 'orders', 0, 'x');
  assert.equal((await client.ask(215, { topic: 'orders' })).code, 0);
  assert.equal((await client.ask(216, { topic: 'orders' })).code, 0);
  assert.equal((await client.ask(105, { topic: 'orders' })).code, 17);
  assert.equal((await update('orders', { perm: 4 })).code, 0);
  assert.equal((await client.ask(30, { topic: 'orders', queueId: 0 })).fields.offset, '0');
  assert.equal((await sendOne(client, 'orders', 0, 'x')).code, 16);
  await update('orders', { perm: 2 });
  assert.equal((await client.ask(11, pullFields('group', 'orders', 0, 0))).code, 16);
});

test('groups are made, shown and deleted', async (context) => {
  const { client } = await startForTest(context);
  assert.equal((await client.ask(200, {}, { groupName: 'group', consumeEnable: false, mine: 1 })).code, 0);
  const config = json(await client.ask(352, { group: 'group' }));
  assert.deepEqual([config.consumeEnable, config.retryMaxTimes, config.mine], [false, 16, 1]);
  assert.equal((await client.ask(200, {}, { groupName: 'a b' })).code, 29);
  assert.equal((await client.ask(200, {}, { groupName: 5 })).code, 1);
  assert.equal((await client.ask(200, {}, Buffer.from('{no'))).code, 1);
  await createTopic(client, 'orders');
  assert.equal((await client.ask(11, pullFields('group', 'orders', 0, 0))).code, 16);
  await client.ask(15, { consumerGroup: 'group', topic: 'orders', queueId: 0, commitOffset: 0 });
  assert.deepEqual(Object.keys(json(await client.ask(201)).subscriptionGroupTable as object).sort(), [
    'TOOLS_CONSUMER',
    'group',
  ]);
  await client.ask(207, { groupName: 'group', cleanOffset: true });
  assert.equal((await client.ask(352, { group: 'group' })).code, 26);
  assert.deepEqual(json(await client.ask(343, { group: 'group' })).topicList, []);
});

const heartbeat = (clientID: string, topics: readonly string[], more: object = {}): object => ({
  clientID,
  consumerDataSet: [
    {
      groupName: 'group',
      consumeType: 'CONSUME_ACTIVELY',
      messageModel: 'CLUSTERING',
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      subscriptionDataSet: topics.map((topic) => ({
        topic,
        subString: '*',
        expressionType: 'TAG',
        subVersion: 1,
        tagsSet: [],
        codeSet: [],
      })),
      unitMode: false,
    },
  ],
  producerDataSet: [{ groupName: 'producers' }],
  ...more,
});

const members = async (client: RawClient): Promise<unknown> =>
  json(await client.ask(38, { consumerGroup: 'group' })).consumerIdList;

test('members of groups are known while they are connected, and told of each other', async (context) => {
  const { client, connect } = await startForTest(context);
  await createTopic(client, 'orders');
  assert.equal((await client.ask(38, { consumerGroup: 'group' })).code, 1);
  assert.equal((await client.ask(203, { consumerGroup: 'group' })).code, 206);
  assert.equal((await client.ask(204, { producerGroup: 'producers' })).code, 1);
  const [one, two] = [await connect(), await connect()];
  assert.equal((await one.ask(34, {}, heartbeat('c1', ['orders']))).code, 0);
  assert.equal((await client.ask(105, { topic: '%RETRY%group' })).code, 0);
  await two.ask(34, {}, heartbeat('c2', ['orders']));
  assert.deepEqual(await members(client), ['c1', 'c2']);
  const shown = json(await client.ask(203, { consumerGroup: 'group' }));
  assert.deepEqual(
    [shown.consumeType, shown.messageModel, shown.consumeFromWhere],
    ['CONSUME_ACTIVELY', 'CLUSTERING', 'CONSUME_FROM_FIRST_OFFSET'],
  );
  assert.deepEqual(Object.keys(shown.subscriptionTable as object), ['orders']);
  const [connection] = shown.connectionSet as Record<string, unknown>[];
  assert.deepEqual([connection?.clientId, connection?.language, connection?.version], ['c1', 'OTHER', 401]);
  assert.match(String(connection?.clientAddr), /^127\.0\.0\.1:\d+$/);
  const producers = json(await client.ask(204, { producerGroup: 'producers' })).connectionSet as {
    clientId: string;
  }[];
  assert.deepEqual(
    producers.map(({ clientId }) => clientId),
    ['c1', 'c2'],
  );
  assert.equal(
    (await two.ask(11, pullFields('group', 'orders', 0, 0, { sysFlag: 0, subVersion: 1 }))).code,
    19,
  );

  await one.ask(30, { topic: 'orders', queueId: 0 });
  const tellings = one.told.length;
  assert.ok(tellings >= 2);
  assert.deepEqual(
    [one.told[0]?.header.code, one.told[0]?.header.extFields?.consumerGroup, one.told[0]?.header.flag],
    [40, 'group', 2],
  );
  await one.ask(34, {}, heartbeat('c1', ['orders']));
  assert.equal(one.told.length, tellings);
  two.close();
  while (one.told.length === tellings) await one.ask(30, { topic: 'orders', queueId: 0 });
  assert.deepEqual(await members(client), ['c1']);
  await one.ask(35, { clientID: 'c1', consumerGroup: 'group', producerGroup: 'producers' });
  assert.equal((await client.ask(38, { consumerGroup: 'group' })).code, 1);
  assert.equal((await client.ask(204, { producerGroup: 'producers' })).code, 1);
});

test('a heartbeat may leave out subscriptions the broker knows', async (context) => {
  const { client } = await startForTest(context);
  const short = { withoutSub: true, heartbeatFingerprint: 7 };
  const change = async (topics: string[], more: object): Promise<string | undefined> =>
    (await client.ask(34, {}, heartbeat('c', topics, more))).fields.IS_SUB_CHANGE;
  assert.equal(await change([], short), 'true');
  assert.equal(await change(['orders'], { heartbeatFingerprint: 7 }), 'false');
  assert.equal(await change([], short), 'false');
  const shown = json(await client.ask(203, { consumerGroup: 'group' }));
  assert.deepEqual(Object.keys(shown.subscriptionTable as object), ['orders']);
});

test('a queue is locked by one client until it lets go', async (context) => {
  const { client } = await startForTest(context);
  const queue = { topic: 'orders', brokerName: 'embedded', queueId: 0 };
  const lock = async (code: number, clientId: string): Promise<Reply> =>
    await client.ask(code, {}, { consumerGroup: 'group', clientId, mqSet: [queue] });
  const taken = async (clientId: string): Promise<unknown> => json(await lock(41, clientId)).lockOKMQSet;
  assert.deepEqual(await taken('c1'), [queue]);
  assert.deepEqual(await taken('c2'), []);
  assert.deepEqual(await taken('c1'), [queue]);
  await lock(42, 'c2');
  assert.deepEqual(await taken('c2'), []);
  await lock(42, 'c1');
  assert.deepEqual(await taken('c2'), [queue]);
});

test('the broker tells about itself', async (context) => {
  const { client } = await startForTest(context);
  await createTopic(client, 'orders');
  await sendOne(client, 'orders', 0, 'x');
  const { table } = json(await client.ask(28)) as { table: Record<string, string> };
  assert.deepEqual(
    [table.brokerVersionDesc, table.msgPutTotalTodayNow, table.sendThreadPoolQueueSize],
    ['V5_5_0', '1', '0'],
  );
  assert.ok(Number(table.commitLogMaxOffset) > 91);
  assert.ok(Number(table.earliestMessageTimeStamp) > 1e12);
  assert.match((await client.ask(26)).body.toString(), /^brokerName=embedded$/m);
  assert.equal((await client.ask(101, { namespace: 'n', key: 'k' })).code, 22);
  await client.ask(100, { namespace: 'n', key: 'k', value: 'v' });
  assert.equal((await client.ask(101, { namespace: 'n', key: 'k' })).fields.value, 'v');
});
