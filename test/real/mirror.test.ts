import { after, before, describe } from 'node:test';
import { mirrorSuite } from '../conformance/mirror-suite.js';
import { startEmbeddedRig, type EmbeddedRig } from '../rig/embedded-rig.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';

let east: RealRocketmq;
let west: RealRocketmq;
let embedded: EmbeddedRig;
before(async () => {
  east = await startRocketmq({ name: 'east' });
  west = await startRocketmq({ name: 'west' });
  embedded = await startEmbeddedRig(500_000);
});
after(async () => {
  await east.stop();
  await west.stop();
  await embedded.stop();
});

describe('with a real RocketMQ', () => {
  mirrorSuite('between two real ones', () => ({ from: east, to: west }), 12_500);
  mirrorSuite('from an embedded broker to a real one', () => ({ from: embedded, to: east }), 2_500);
  mirrorSuite('from a real one to an embedded broker', () => ({ from: west, to: embedded }), 2_500);
});
