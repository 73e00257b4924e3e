import { after, before } from 'node:test';
import { tableSnapshotSuite } from '../conformance/table-snapshot-suite.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';
import { mariadbTarget, postgresTarget } from '../rig/table-kill-targets.js';

let rocketmq: RealRocketmq;
before(async () => {
  rocketmq = await startRocketmq({ name: 'table-snapshot' });
});
after(async () => {
  await rocketmq.stop();
});

for (const target of [postgresTarget, mariadbTarget]) {
  tableSnapshotSuite(target, () => rocketmq.nameserver, { rows: 1_000_000, perSecond: 500 });
}
