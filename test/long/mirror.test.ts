/**
 * A million messages of a Java producer from one real RocketMQ to another: whole, and with everybody killed on the way;
 * compared byte for byte, and by what a Java consumer gets.
 */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { mirrorSuite, type Cargo } from '../conformance/mirror-suite.js';
import { jsonLines, runJava } from '../rig/java.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';

let from: RealRocketmq;
let to: RealRocketmq;
before(async () => {
  [from, to] = await Promise.all([startRocketmq({ name: 'east' }), startRocketmq({ name: 'west' })]);
});
after(async () => {
  await from.stop();
  await to.stop();
});

interface QueueDigest {
  readonly queue: number;
  readonly count: number;
  readonly digest: string;
}

const ofJava: Cargo = {
  load: async ({ nameserver }, topic, each) => {
    await runJava('VariedProducer', [nameserver, topic, String(each)]);
  },
  compare: async (here, there, topic, count) => {
    const digests = async (nameserver: string): Promise<readonly QueueDigest[]> =>
      jsonLines((await runJava('QueueDigests', [nameserver, topic, String(count)])).stdout);
    const [sent, arrived] = [await digests(here.nameserver), await digests(there.nameserver)];
    assert.equal(
      sent.reduce((sum, queue) => sum + queue.count, 0),
      count,
    );
    assert.deepEqual(arrived, sent);
  },
};

mirrorSuite('of a million messages', () => ({ from, to }), 250_000, ofJava);
