/** Dead letters on a real RocketMQ. */
import { after, before, describe } from 'node:test';
import { deadLetterSuite } from '../conformance/dead-letter-suite.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';

describe('three troubled sinks on a real RocketMQ', () => {
  let rocketmq: RealRocketmq;
  before(async () => {
    rocketmq = await startRocketmq({ name: 'letters' });
  });
  after(() => rocketmq.stop());
  deadLetterSuite(() => rocketmq.nameserver);
});
