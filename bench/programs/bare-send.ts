import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { argument } from './argument.js';
import { bareSend, type BareSend } from './bare.js';

const { nameserver, ...send } = argument() as BareSend & { nameserver: string };
const cluster = connectCluster({ nameservers: [nameserver] });
await bareSend(cluster, send);
await cluster.close();
