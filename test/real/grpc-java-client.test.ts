import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import type { Cluster } from '../../src/rocketmq/cluster.js';
import { jsonLines, runJavaGrpc } from '../rig/java.js';
import { mqadmin } from '../rig/mqadmin.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { clusterNames } from '../rig/rocketmq/cluster-names.js';
import { until } from '../rig/until.js';

interface Received {
  readonly body: string;
  readonly tag: string;
  readonly keys: string;
  readonly id: string;
  readonly attempt: number;
}

const numberOf = ({ body }: Received): number => Number(body.split(' ')[1]);

describe('the embedded broker with RocketMQ’s Java client for gRPC', () => {
  let broker: EmbeddedBroker;
  let cluster: Cluster;
  let endpoints: string;
  let dir: string;
  before(async () => {
    dir = await ownedFolder('grpc');
    broker = await startEmbeddedBroker({ dir, grpcPort: 0 });
    assert.ok(broker.endpoints !== undefined);
    ({ endpoints } = broker);
    cluster = connectCluster({ nameservers: [broker.address] });
  });
  after(async () => {
    await cluster.close();
    await broker.close();
    await removeFolder(dir);
  });

  async function send(topic: string, count: number, kind: string): Promise<string[]> {
    const { stdout } = await runJavaGrpc('GrpcProducer', [endpoints, topic, String(count), kind]);
    return jsonLines<{ id: string }>(stdout).map(({ id }) => id);
  }

  async function allAcknowledged(group: string, topic: string): Promise<void> {
    await until(`all of ${topic} to be acknowledged`, async () => {
      const offsets = await cluster.admin.groupOffsets(group, [topic]);
      return offsets.every(({ offset, max }) => (offset ?? 0) === max) || undefined;
    });
  }

  test('Producer and SimpleConsumer, with a message that comes again', async () => {
    const ids = await send('normal', 50, 'normal');
    const { stdout } = await runJavaGrpc('GrpcSimpleConsumer', [endpoints, 'simple', 'normal', '50', '*']);
    const received = jsonLines<Received>(stdout).sort((a, b) => numberOf(a) - numberOf(b));
    assert.deepEqual(
      received.map(({ id }) => id),
      ids,
    );
    for (const [n, { body, tag, keys, attempt }] of received.entries()) {
      assert.equal(body, `normal ${n} äöü 漢字`);
      assert.deepEqual([tag, keys.split(' ').toSorted()], [n % 2 === 0 ? 'even' : 'odd', ['all', `k${n}`]]);
      assert.equal(attempt, n % 10 === 0 ? 2 : 1);
    }
    await allAcknowledged('simple', 'normal');
  });

  test('tags', async () => {
    await send('tagged', 20, 'normal');
    const args = [endpoints, 'tags', 'tagged', '10', 'odd'];
    const { stdout } = await runJavaGrpc('GrpcSimpleConsumer', args);
    assert.deepEqual(new Set(jsonLines<Received>(stdout).map(({ tag }) => tag)), new Set(['odd']));
  });

  test('delayed messages', async () => {
    const from = Date.now();
    await send('delayed', 5, 'delay');
    const { stdout } = await runJavaGrpc('GrpcSimpleConsumer', [endpoints, 'later', 'delayed', '5', '*']);
    assert.equal(new Set(jsonLines<Received>(stdout).map(numberOf)).size, 5);
    assert.ok(Date.now() - from > 2_000);
  });

  test('PushConsumer, with a message that failed', async () => {
    await send('pushed', 50, 'normal');
    const { stdout } = await runJavaGrpc('GrpcPushConsumer', [endpoints, 'push', 'pushed', '50']);
    const received = jsonLines<Received>(stdout);
    assert.equal(new Set(received.map(numberOf)).size, 50);
    await allAcknowledged('push', 'pushed');
  });

  test('PushConsumer of a FIFO group that mqadmin made', async () => {
    const { clusterName } = await clusterNames(broker.address);
    const name = broker.address;
    await mqadmin(name, [
      'updateTopic',
      '-c',
      clusterName,
      '-t',
      'fifo',
      '-r',
      '4',
      '-w',
      '4',
      '-a',
      '+message.type=FIFO',
    ]);
    await mqadmin(name, ['updateSubGroup', '-c', clusterName, '-g', 'orderly', '-o', 'true']);
    await send('fifo', 40, 'fifo');
    const { stdout } = await runJavaGrpc('GrpcPushConsumer', [endpoints, 'orderly', 'fifo', '40']);
    const numbers = jsonLines<Received>(stdout).map(numberOf);
    for (const group of [0, 1]) {
      const ofGroup = numbers.filter((n) => n % 2 === group);
      assert.deepEqual(
        ofGroup,
        ofGroup.toSorted((a, b) => a - b),
      );
      assert.equal(ofGroup.length, 20);
    }
    await allAcknowledged('orderly', 'fifo');
  });
});
