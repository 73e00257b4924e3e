/** Routes that lead back to where they start, between real RocketMQs. */
import { ringSuite } from '../conformance/mirror-rings.js';
import { Town } from '../mirror/mirror-bench.js';
import { rocketmqs } from '../rig/rocketmqs.js';

const server = rocketmqs('a', 'a-b', 'b');

ringSuite(
  (t, names) => Promise.resolve(names.map((name) => Town.at(t, name, server(name).nameserver))),
  25_000,
);
