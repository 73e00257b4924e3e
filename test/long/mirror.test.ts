/**
 * A million messages of a Java producer from one real RocketMQ to another: whole, and with everybody killed on the way;
 * compared byte for byte, and by what a Java consumer gets.
 */
import assert from 'node:assert/strict';
import { mirrorSuite, type Cargo } from '../conformance/mirror-suite.js';
import { jsonLines, runJava } from '../rig/java.js';
import { rocketmqs } from '../rig/rocketmqs.js';

const server = rocketmqs('east', 'west');

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

mirrorSuite('of a million messages', () => ({ from: server('east'), to: server('west') }), 250_000, ofJava);
