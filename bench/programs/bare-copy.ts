/** Sends and pulls at once, in one process. */
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { argument } from './argument.js';
import { barePull, bareSend, type BarePull, type BareSend } from './bare.js';
import { Progress } from './progress.js';

const { nameserver, ...copy } = argument() as BareSend & BarePull & { nameserver: string };
const cluster = connectCluster({ nameservers: [nameserver] });
const progress = new Progress();
await Promise.all([
  bareSend(cluster, copy),
  barePull(cluster, copy, (count) => {
    progress.add(count);
  }),
]);
progress.end();
await cluster.close();
