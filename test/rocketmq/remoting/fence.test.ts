import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmbeddedBroker } from '../../../src/broker/embedded-broker.js';
import { connectCluster } from '../../../src/rocketmq/remoting/connect.js';
import { FaultyProxy } from '../../rig/faulty-proxy.js';
import { until } from '../../rig/until.js';
import { atEnd, temporaryFolder } from '../../temp-folder.js';

const sendBatch = 320;
const producerConnections = 204;

test('what a lost connection still carries is waited for, also while the broker does not know the new one', async (t) => {
  const broker = await startEmbeddedBroker({ dir: join(await temporaryFolder(t), 'broker') });
  atEnd(t, () => broker.close());
  const proxy = await FaultyProxy.before(broker.address);
  atEnd(t, () => proxy.close());
  const cluster = connectCluster({
    nameservers: [broker.address],
    addressMap: { [broker.address]: proxy.address },
  });
  atEnd(t, () => cluster.close());
  await cluster.admin.createTopic({ topic: 't', queues: 1 });
  const producer = cluster.producer('g');
  const [queue] = await producer.queues('t');
  assert.ok(queue !== undefined && producer.trail !== undefined);
  await producer.send(queue, [{ body: Buffer.from('first') }]);

  proxy.fate = ({ header }) => (header.code === sendBatch ? 'late' : 'pass');
  await assert.rejects(producer.send(queue, [{ body: Buffer.from('late') }]), { code: 'disconnected' });
  const asked: number[] = [];
  proxy.fate = ({ header }) => {
    asked.push(header.code);
    return 'pass';
  };
  const settled = producer.trail.settle(queue, [], AbortSignal.timeout(30_000));
  const looks = (): number => asked.filter((code) => code === producerConnections).length;
  await until('it to wait, or to send its marker', () =>
    looks() > 3 || asked.includes(sendBatch) ? true : undefined,
  );
  assert.ok(!asked.includes(sendBatch), 'the marker is sent after what is late');
  proxy.deliver();
  await settled;
  const bodies = (await cluster.admin.peek(queue, 0, 10)).map(({ body }) => body.toString());
  assert.deepEqual(bodies, ['first', 'late']);
});
