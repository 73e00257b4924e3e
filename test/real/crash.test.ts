import { after, before } from 'node:test';
import { crashSuite } from '../conformance/crash-suite.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';

let rocketmq: RealRocketmq;
before(async () => {
  rocketmq = await startRocketmq({ name: 'crash' });
});
after(() => rocketmq.stop());

crashSuite('a real RocketMQ', () => rocketmq, 1);
