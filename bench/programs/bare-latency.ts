/** Sends the time at a rate and prints what it pulls: the latency of the wire. */
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { argument } from './argument.js';
import { sendSteadily, type SteadyLoad } from './send-steadily.js';

interface BareLatency extends SteadyLoad {
  readonly nameserver: string;
  readonly group: string;
}

const { nameserver, topic, group, count, rate } = argument() as BareLatency;
const cluster = connectCluster({ nameservers: [nameserver] });
await Promise.all([sendSteadily(cluster, { topic, count, rate }), pull()]);
await cluster.close();

async function pull(): Promise<void> {
  const consumer = await cluster.consumer(group, [topic]);
  const [queue] = await consumer.queues();
  if (queue === undefined) throw new Error(`topic ${topic} has no queue`);
  const reader = consumer.reader(queue, 0, { maxBytes: 1024 * 1024 });
  for (let seen = 0; seen < count;) {
    const { messages } = await reader.read();
    seen += messages.length;
    process.stdout.write(messages.map(({ body }) => `${body.toString('latin1')}\n`).join(''));
  }
}
