/** A million messages from one real RocketMQ to another: whole, and with everybody killed on the way. */
import { after, before } from 'node:test';
import { mirrorSuite } from '../conformance/mirror-suite.js';
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

mirrorSuite('of a million messages', () => ({ from, to }), 250_000);
