import type { Msg } from '@nats-io/transport-node';
import { Arrivals, type ConnectorContext, type SourceTask } from '../../src/sdk/index.js';
import { natsError } from './errors.js';
import type { Link } from './link.js';
import { contentOf } from './message.js';
import { batchRecords, partitionOf } from './partition.js';
import type { NatsSourceConfig } from './spec.js';

/** NATS does not wait for whoever listens: what cannot be kept is dropped, and said. */
const mostWaiting = 50_000;
const sayEveryMs = 10_000;

/** Messages of subjects, as they come. */
export async function readSubjects(
  link: Link,
  { subjects = [], queue }: NatsSourceConfig,
  part: number,
  { log }: ConnectorContext,
): Promise<SourceTask> {
  const arrivals = new Arrivals<Msg>();
  const connection = await link.connection();
  let dropped = 0;
  let sayAt = 0;
  const arrived = (error: Error | null, message: Msg): void => {
    if (error !== null) {
      arrivals.fail(natsError(error, link.where, `subscribe to ${subjects.join(', ')}`));
      return;
    }
    if (arrivals.size < mostWaiting) {
      arrivals.push(message);
      return;
    }
    dropped += 1;
    if (performance.now() < sayAt) return;
    sayAt = performance.now() + sayEveryMs;
    log.warn('messages of subjects are dropped: they come faster than RocketMQ takes them', { dropped });
  };
  for (const subject of subjects) {
    connection.subscribe(subject, { callback: arrived, ...(queue === undefined ? {} : { queue }) });
  }
  await connection.flush();
  void connection.closed().then((error) => {
    arrivals.fail(natsError(error ?? new Error('the connection is closed'), link.where, 'subscribe'));
  });
  let delivered = 0;
  return {
    read: async (signal) => {
      const messages = (await arrivals.take(batchRecords, signal)) ?? [];
      const records = messages.map((message) => {
        delivered += 1;
        return { ...contentOf(message), position: { delivered } };
      });
      return { partition: partitionOf(subjects.join(','), part), records };
    },
    close: () => link.close(),
  };
}
