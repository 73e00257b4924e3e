import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readWithJava, runJava } from '../rig/java.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';
import { topicEnd } from '../rig/rocketmq/ask.js';
import { javaSuite } from './java-suite.js';

/** The rig itself: what the other tests take for granted about the real RocketMQ they run on. */
describe('a real RocketMQ', () => {
  let rocketmq: RealRocketmq;
  before(async () => {
    rocketmq = await startRocketmq({ name: 'rig' });
  });
  after(() => rocketmq.stop());

  test('keeps messages over kill -9 of the broker', async () => {
    const topic = 'rig-topic';
    await rocketmq.admin(['updateTopic', '-c', rocketmq.clusterName, '-t', topic, '-r', '2', '-w', '2']);
    await runJava('Producer', [rocketmq.nameserver, topic, '5', '10']);
    assert.equal(await topicEnd(rocketmq.nameserver, topic), 15);
    await rocketmq.killBroker();
    await rocketmq.startBroker();
    assert.equal(await topicEnd(rocketmq.nameserver, topic), 15);
    const read = await readWithJava(rocketmq.nameserver, { group: 'rig-group', topic, count: 15 });
    assert.equal(read.length, 15);
  });

  test('runs beside a second one', async () => {
    const other = await startRocketmq({ name: 'other' });
    try {
      const { stdout } = await other.admin(['clusterList']);
      assert.match(stdout, /broker-other/);
      assert.doesNotMatch(stdout, /broker-rig/);
    } finally {
      await other.stop();
    }
  });

  test('a command of mqadmin that fails is an error', async () => {
    await assert.rejects(rocketmq.admin(['topicStatus', '-t', 'no-such-topic']), /CODE: 17/);
  });

  describe('with mqadmin and the Java clients', () => {
    javaSuite(() => rocketmq);
  });
});
