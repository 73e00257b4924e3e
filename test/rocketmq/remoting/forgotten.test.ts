import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startEmbeddedBroker } from '../../../src/broker/embedded-broker.js';
import type { Cluster } from '../../../src/rocketmq/cluster.js';
import { connectCluster } from '../../../src/rocketmq/remoting/connect.js';
import { atEnd, temporaryFolder } from '../../temp-folder.js';

test('what is closed is forgotten: a worker makes a producer and a consumer at each start of a connector', async (t) => {
  const broker = await startEmbeddedBroker({ dir: join(await temporaryFolder(t), 'broker') });
  atEnd(t, () => broker.close());
  const cluster = connectCluster({ nameservers: [broker.address] });
  atEnd(t, () => cluster.close());
  await cluster.admin.createTopic({ topic: 't', queues: 1 });
  const closed = await Promise.all([1, 2, 3].map((number) => used(cluster, `g-${String(number)}`)));
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What is referred to weakly lives until the turn has ended.
  await new Promise(setImmediate);
  collect();
  const left = closed.flat().filter((one) => one.deref() !== undefined);
  assert.equal(left.length, 0);
});

/** A producer that has sent, and a consumer that has begun; closed. */
async function used(cluster: Cluster, group: string): Promise<readonly WeakRef<object>[]> {
  const producer = cluster.producer(group);
  const [queue] = await producer.queues('t');
  assert.ok(queue !== undefined);
  await producer.send(queue, [{ body: Buffer.from('one') }]);
  await producer.close();
  const consumer = await cluster.consumer(group, ['t']);
  await consumer.close();
  return [new WeakRef(producer), new WeakRef(consumer)];
}
