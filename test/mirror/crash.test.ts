import { after, before } from 'node:test';
import { mirrorSuite } from '../conformance/mirror-suite.js';
import { startEmbeddedRig, type EmbeddedRig } from '../rig/embedded-rig.js';

let from: EmbeddedRig;
let to: EmbeddedRig;
before(async () => {
  from = await startEmbeddedRig(300_000);
  to = await startEmbeddedRig(300_000);
});
after(async () => {
  await from.stop();
  await to.stop();
});

mirrorSuite('between two embedded brokers', () => ({ from, to }), 8_000);
