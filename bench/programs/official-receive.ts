/** `receive` of the official client, several at once, and an `ack` for each message. */
import { SimpleConsumer } from 'rocketmq-client-nodejs';
import { argument } from './argument.js';
import { common } from './official.js';
import { Progress } from './progress.js';

interface OfficialReceive {
  readonly endpoints: string;
  readonly topic: string;
  readonly group: string;
  readonly count: number;
}

const receivers = 4;
const invisibleMs = 60_000;

const { endpoints, topic, group, count } = argument() as OfficialReceive;
const consumer = new SimpleConsumer({
  ...common(endpoints),
  consumerGroup: group,
  subscriptions: new Map([[topic, '*']]),
  awaitDuration: 5_000,
});
await consumer.startup();
const progress = new Progress();
const receive = async (): Promise<void> => {
  while (progress.records < count) {
    const messages = await consumer.receive(32, invisibleMs);
    await Promise.all(messages.map((message) => consumer.ack(message)));
    progress.add(messages.length);
  }
};
// Those that find nothing more wait for the proxy's long poll: nobody needs their answers.
await Promise.race(Array.from({ length: receivers }, receive));
progress.end();
process.stdout.write('', () => process.exit(0));
