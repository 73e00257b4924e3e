/** Routes that lead back to where they start, between real RocketMQs. */
import { after, before } from 'node:test';
import { ringSuite } from '../conformance/mirror-rings.js';
import { Town } from '../mirror/mirror-bench.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';

let servers: readonly RealRocketmq[] = [];
before(async () => {
  servers = await Promise.all(['a', 'b', 'c'].map((name) => startRocketmq({ name })));
});
after(async () => {
  for (const server of servers) await server.stop();
});

ringSuite(
  (t, names) =>
    Promise.resolve(
      names.map((name, index) => {
        const server = servers[index];
        if (server === undefined) throw new Error(`there is no server for ${name}`);
        return Town.at(t, name, server.nameserver);
      }),
    ),
  25_000,
);
