import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { argument } from './argument.js';
import { barePull, type BarePull } from './bare.js';
import { Progress } from './progress.js';

const { nameserver, ...pull } = argument() as BarePull & { nameserver: string };
const cluster = connectCluster({ nameservers: [nameserver] });
const progress = new Progress();
await barePull(cluster, pull, (count) => {
  progress.add(count);
});
progress.end();
await cluster.close();
