import { conformanceSuite } from '../conformance/suite.js';
import { startRocketmq } from '../rig/rocketmq.js';

conformanceSuite('a real RocketMQ', async () => {
  const rocketmq = await startRocketmq({ name: 'conformance' });
  return { nameserver: rocketmq.nameserver, close: () => rocketmq.stop() };
});
