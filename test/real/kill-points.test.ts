import { after, before } from 'node:test';
import { killSuite } from '../conformance/kill-suite.js';
import { startEmbeddedRig, type EmbeddedRig } from '../rig/embedded-rig.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';

let embedded: EmbeddedRig;
let rocketmq: RealRocketmq;
before(async () => {
  embedded = await startEmbeddedRig(580_000);
  rocketmq = await startRocketmq({ name: 'kill' });
});
after(async () => {
  await embedded.stop();
  await rocketmq.stop();
});

killSuite('the embedded broker', () => embedded, { worker: 6, inside: 3, atLeastOnce: 1, broker: 1 });
killSuite('a real RocketMQ', () => rocketmq, { worker: 2, inside: 0, atLeastOnce: 1, broker: 1 });
