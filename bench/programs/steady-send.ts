import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { argument } from './argument.js';
import { sendSteadily, type SteadyLoad } from './send-steadily.js';

const { nameserver, ...load } = argument() as SteadyLoad & { nameserver: string };
const cluster = connectCluster({ nameservers: [nameserver] });
await sendSteadily(cluster, load);
await cluster.close();
