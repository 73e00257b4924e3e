import type { Msg } from '@nats-io/transport-node';
import {
  Arrivals,
  pushOrDrop,
  sharedPartition,
  type ConnectorContext,
  type SourceTask,
} from '../../src/sdk/index.js';
import { natsError } from './errors.js';
import type { Link } from './link.js';
import { contentOf } from './message.js';
import { batchRecords } from './reading.js';
import type { NatsSourceConfig } from './spec.js';

/** Messages of subjects, as they come: NATS does not wait for whoever listens. */
export async function readSubjects(
  link: Link,
  { subjects = [], queue }: NatsSourceConfig,
  part: number,
  { log }: ConnectorContext,
): Promise<SourceTask> {
  const arrivals = new Arrivals<Msg>();
  const connection = await link.connection();
  const push = pushOrDrop(arrivals, log, 'subjects');
  const arrived = (error: Error | null, message: Msg): void => {
    if (error === null) push(message);
    else arrivals.fail(natsError(error, link.where, `subscribe to ${subjects.join(', ')}`));
  };
  for (const subject of subjects) {
    connection.subscribe(subject, { callback: arrived, ...(queue === undefined ? {} : { queue }) });
  }
  await link.flush(connection);
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
      return { partition: sharedPartition(subjects.join(','), part), records };
    },
    close: () => link.close(),
  };
}
