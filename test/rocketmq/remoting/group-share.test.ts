import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedBroker } from '../../../src/broker/embedded-broker.js';
import { connectCluster } from '../../../src/rocketmq/remoting/connect.js';
import { atEnd, temporaryFolder } from '../../temp-folder.js';

test('a member takes no queue before it is asked for its queues, whoever comes and goes', async (t) => {
  const broker = await startEmbeddedBroker({ dir: join(await temporaryFolder(t), 'broker') });
  atEnd(t, () => broker.close());
  const [one, other] = [1, 2].map(() => {
    const cluster = connectCluster({ nameservers: [broker.address] });
    atEnd(t, () => cluster.close());
    return cluster;
  });
  assert.ok(one !== undefined && other !== undefined);
  await one.admin.createTopic({ topic: 't', queues: 2 });
  const member = await one.consumer('g', ['t']);
  const passing = await other.consumer('g', ['t']);
  await passing.close();
  await sleep(300);
  const queue = { topic: 't', broker: (await one.admin.topic('t'))?.[0]?.broker ?? '', queue: 0 };
  assert.equal(member.hold(queue), 'lost');
  await member.queues();
  assert.equal(member.hold(queue), 'held');
});
