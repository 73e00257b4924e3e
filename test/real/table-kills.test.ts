import { after, before } from 'node:test';
import { tableKillSuite } from '../conformance/table-kill-suite.js';
import { startEmbeddedRig, type EmbeddedRig } from '../rig/embedded-rig.js';
import { mariadbTarget, postgresTarget } from '../rig/table-kill-targets.js';

let broker: EmbeddedRig;
before(async () => {
  broker = await startEmbeddedRig(580_000);
});
after(async () => {
  await broker.stop();
});

for (const target of [postgresTarget, mariadbTarget]) {
  tableKillSuite(target, () => broker.nameserver, { kills: 3, mostChanges: 1_000, perSecond: 300 });
}
