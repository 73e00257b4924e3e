/**
 * The official client's PushConsumer in a process of its own, because it writes a log file into the home
 * directory and keeps its process alive: `push-consumer-child.js ENDPOINTS GROUP TOPIC`. Prints a JSON
 * line for each message: `{"body","attempt","id"}`. A message whose body starts with `fail N` fails N times.
 */
import { ConsumeResult, PushConsumer } from 'rocketmq-client-nodejs';

const [endpoints = '', consumerGroup = '', topic = ''] = process.argv.slice(2);
const failed = new Map<string, number>();
const consumer = new PushConsumer({
  endpoints,
  namespace: '',
  consumerGroup,
  subscriptions: new Map([[topic, '*']]),
  messageListener: {
    consume: (message) => {
      const body = message.body.toString('utf8');
      const { messageId: id, deliveryAttempt: attempt } = message;
      process.stdout.write(`${JSON.stringify({ body, attempt, id })}\n`);
      const failures = failed.get(id) ?? 0;
      failed.set(id, failures + 1);
      const times = Number(/^fail (\d+)/.exec(body)?.[1] ?? 0);
      return Promise.resolve(failures < times ? ConsumeResult.FAILURE : ConsumeResult.SUCCESS);
    },
  },
});
await consumer.startup();
