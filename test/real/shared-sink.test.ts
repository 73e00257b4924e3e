import { after, before } from 'node:test';
import { sharedSinkSuite } from '../conformance/shared-sink-suite.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';

let rocketmq: RealRocketmq;
before(async () => {
  rocketmq = await startRocketmq({ name: 'shared' });
});
after(() => rocketmq.stop());

sharedSinkSuite('a real RocketMQ', () => rocketmq);
