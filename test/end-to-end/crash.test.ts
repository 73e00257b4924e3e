import { after, before } from 'node:test';
import { crashSuite } from '../conformance/crash-suite.js';
import { startEmbeddedRig, type EmbeddedRig } from '../rig/embedded-rig.js';

let rig: EmbeddedRig;
before(async () => {
  rig = await startEmbeddedRig(280_000);
});
after(() => rig.stop());

crashSuite('the embedded broker', () => rig, 3);
