import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectCluster } from '../../../src/rocketmq/remoting/connect.js';
import { ask } from '../../rig/rocketmq/ask.js';
import { until } from '../../rig/until.js';
import { atEnd } from '../../temp-folder.js';
import { createTopic, startForTest } from '../raw-client.js';
import { endpointsOf, shutDown, simpleConsumerForTest } from './official-client.js';

const consumerConnections = 203;

test('consumers over gRPC are members of their group until they go', async (t) => {
  const { broker, client } = await startForTest(t, { grpcPort: 0 });
  await createTopic(client, 'orders');
  const cluster = connectCluster({ nameservers: [broker.address] });
  atEnd(t, () => cluster.close());
  const members = async (): Promise<readonly string[]> => cluster.admin.groupMembers('readers');
  const joined = (count: number): Promise<true> =>
    until(`${String(count)} members`, async () => ((await members()).length === count ? true : undefined));

  const options = { group: 'readers', topics: { orders: 'a || b' } };
  const first = await simpleConsumerForTest(t, endpointsOf(broker), options);
  await joined(1);
  const second = await simpleConsumerForTest(t, endpointsOf(broker), options);
  await joined(2);

  const { header, body } = await ask(broker.address, consumerConnections, { consumerGroup: 'readers' });
  assert.equal(header.code, 0);
  const told = JSON.parse(body.toString('utf8')) as {
    connectionSet: { clientId: string; clientAddr: string; language: string; version: number }[];
    consumeType: string;
    messageModel: string;
    subscriptionTable: Record<string, { subString: string }>;
  };
  assert.deepEqual(told.connectionSet.map(({ clientId }) => clientId).sort(), [...(await members())].sort());
  for (const { clientAddr, version } of told.connectionSet) {
    assert.match(clientAddr, /^127\.0\.0\.1:\d+$/);
    assert.equal(version, 513);
  }
  assert.equal(told.consumeType, 'CONSUME_ACTIVELY');
  assert.equal(told.messageModel, 'CLUSTERING');
  assert.equal(told.subscriptionTable.orders?.subString, 'a || b');

  await shutDown(first);
  await joined(1);
  await shutDown(second);
  await joined(0);
});
