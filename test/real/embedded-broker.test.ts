import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startEmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { startCli } from '../rig/cli.js';
import { jsonLines, readWithJava, runJava } from '../rig/java.js';
import { mqadmin } from '../rig/mqadmin.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { topicEnd } from '../rig/rocketmq/ask.js';
import { clusterNames } from '../rig/rocketmq/cluster-names.js';
import { freePort } from '../rig/rocketmq/ports.js';
import { until } from '../rig/until.js';
import { javaSuite, type BrokerUnderTest } from './java-suite.js';

describe('the embedded broker with mqadmin and the Java clients', () => {
  let broker: Awaited<ReturnType<typeof startEmbeddedBroker>>;
  let target: BrokerUnderTest;
  let dir: string;
  before(async () => {
    dir = await ownedFolder('embedded');
    broker = await startEmbeddedBroker({ dir, port: 0 });
    const { address } = broker;
    target = { nameserver: address, broker: address, ...(await clusterNames(address)) };
  });
  after(async () => {
    await broker.close();
    await removeFolder(dir);
  });
  javaSuite(() => target);
});

describe('rmq-connect broker', () => {
  test('keeps what the Java producer was told is stored, over kill -9', async (t) => {
    const folder = await ownedFolder('broker');
    t.after(() => removeFolder(folder));
    const port = String(await freePort());
    const nameserver = `127.0.0.1:${port}`;
    const start = async () => {
      const args = ['broker', '--port', port, '--data-dir', join(folder, 'data')];
      const running = startCli(args, { cwd: folder, deadlineMs: 300_000 });
      t.after(() => running.kill());
      await until('the broker to serve', () => topicEnd(nameserver, 'TBW102'));
      return running;
    };
    const first = await start();
    const { clusterName } = await clusterNames(nameserver);
    await mqadmin(nameserver, ['updateTopic', '-c', clusterName, '-t', 'kept', '-r', '4', '-w', '4']);
    const { stdout } = await runJava('Producer', [nameserver, 'kept', '50', '100']);
    assert.equal(jsonLines(stdout).length, 51);
    await first.kill();
    await start();
    assert.equal(await topicEnd(nameserver, 'kept'), 150);
    const read = await readWithJava(nameserver, { group: 'kept-group', topic: 'kept', count: 150 });
    const bodies = new Set(read.map(({ body }) => body));
    assert.equal(bodies.size, 150);
  });
});
