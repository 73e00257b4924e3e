import { after, before } from 'node:test';
import { tableKillSuite } from '../conformance/table-kill-suite.js';
import { mariadbTarget, postgresTarget } from '../rig/table-kill-targets.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';

let rocketmq: RealRocketmq;
before(async () => {
  rocketmq = await startRocketmq({ name: 'table-kills' });
});
after(async () => {
  await rocketmq.stop();
});

/** Some two minutes of changes each. */
for (const target of [postgresTarget, mariadbTarget]) {
  tableKillSuite(target, () => rocketmq.nameserver, { kills: 20, mostChanges: 3_600, perSecond: 300 });
}
