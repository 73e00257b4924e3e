/** Receives and acknowledges with the consumer that the worker uses. */
import { connectGrpcCluster } from '../../src/rocketmq/grpc/connect.js';
import { argument } from './argument.js';
import { Progress } from './progress.js';

interface GrpcReceive {
  readonly endpoints: string;
  readonly topic: string;
  readonly group: string;
  readonly count: number;
}

const { endpoints, topic, group, count } = argument() as GrpcReceive;
const cluster = connectGrpcCluster({ endpoints: [endpoints] });
const consumer = await cluster.consumer(group, [topic]);
const [queue] = await consumer.queues();
if (queue === undefined) throw new Error(`topic ${topic} has no queue`);
const reader = consumer.reader(queue, 0, { maxBytes: 4 * 1024 * 1024 });
const progress = new Progress();
while (progress.records < count) {
  const { messages, nextOffset } = await reader.read();
  await consumer.commit(queue, nextOffset);
  progress.add(messages.length);
}
progress.end();
reader.close();
await cluster.close();
