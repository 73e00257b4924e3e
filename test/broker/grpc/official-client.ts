import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Producer, SimpleConsumer, type MessageView } from 'rocketmq-client-nodejs';
import { atEnd } from '../../temp-folder.js';

/** Without one the client writes a file into the home directory. */
const logger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
  close: () => undefined,
};
const common = (endpoints: string) => ({ endpoints, namespace: '', logger, requestTimeout: 10_000 });

/**
 * Its shutdown may hang where the server is gone, and throws from nowhere where the server goes before the
 * last stream has ended, which nobody waits for.
 */
export async function shutDown(client: { shutdown(): Promise<void> }): Promise<void> {
  await Promise.race([client.shutdown().catch(() => undefined), pause(5_000)]);
  await pause(200);
}

export async function producerForTest(t: TestContext, endpoints: string): Promise<Producer> {
  const producer = new Producer(common(endpoints));
  await producer.startup();
  atEnd(t, () => shutDown(producer));
  return producer;
}

/** `topics`: expressions by topic, or one topic with all its messages. */
export async function simpleConsumerForTest(
  t: TestContext,
  endpoints: string,
  of: { group: string; topics: string | Record<string, string>; awaitMs?: number },
): Promise<SimpleConsumer> {
  const topics = typeof of.topics === 'string' ? { [of.topics]: '*' } : of.topics;
  const consumer = new SimpleConsumer({
    ...common(endpoints),
    consumerGroup: of.group,
    subscriptions: new Map(Object.entries(topics)),
    awaitDuration: of.awaitMs ?? 5_000,
  });
  await consumer.startup();
  atEnd(t, () => shutDown(consumer));
  return consumer;
}

/** Receives until there are so many; acknowledges each unless told not to. */
export async function receiveCount(
  consumer: SimpleConsumer,
  count: number,
  { acknowledge = true, invisibleMs = 30_000 } = {},
): Promise<MessageView[]> {
  const received: MessageView[] = [];
  for (let empty = 0; received.length < count && empty < 4;) {
    const messages = await consumer.receive(32, invisibleMs);
    empty = messages.length === 0 ? empty + 1 : 0;
    received.push(...messages);
    if (acknowledge) await Promise.all(messages.map((message) => consumer.ack(message)));
  }
  return received;
}

export const bodyOf = (message: MessageView): string => message.body.toString('utf8');

/** Of a broker that was started with a gRPC port. */
export function endpointsOf({ endpoints }: { endpoints?: string | undefined }): string {
  if (endpoints === undefined) throw new Error('the broker was started without a gRPC port');
  return endpoints;
}
