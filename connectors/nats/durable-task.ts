import type { Consumer, JsMsg } from '@nats-io/jetstream';
import { sharedPartition, Unsettled, type ConnectorContext, type SourceTask } from '../../src/sdk/index.js';
import { natsError } from './errors.js';
import { Inflow } from './inflow.js';
import type { Link } from './link.js';
import { contentOf } from './message.js';
import { batchRecords } from './reading.js';
import { manager } from './stream-state.js';
import { usualAckWaitMs, type NatsSourceConfig } from './spec.js';

interface DurableReading {
  readonly config: NatsSourceConfig;
  readonly stream: string;
  readonly durable: string;
  readonly part: number;
  readonly context: ConnectorContext;
}

const nanosPerMs = 1_000_000;

/** What a durable consumer deals to this task; acknowledged when it is stored. */
export async function readDurable(link: Link, its: DurableReading): Promise<SourceTask> {
  const { config, stream, part, context } = its;
  const { ack_wait_ms: ackWaitMs = usualAckWaitMs } = config;
  const connection = await link.connection();
  const consumer = await durableConsumer(link, its);
  const partition = sharedPartition(stream, part);
  const unsettled = new Unsettled<JsMsg>();
  /** Sequence numbers of these: the server may give again what is under way. */
  const underway = new Set<number>();
  const { num_pending: undealt, num_ack_pending: dealt } = await consumer.info();
  let left = context.once ? undealt + dealt : Infinity;
  const inflow = await Inflow.of(link, consumer);
  // RocketMQ may be away for longer than the server waits: what is held here is not to come again.
  const working = setInterval(() => {
    if (!connection.isClosed()) for (const message of unsettled.all()) message.working();
  }, ackWaitMs / 3);
  // With --once, what others were dealt may come to us when they let it go, or never.
  const idleMs = context.once ? ackWaitMs + 2_000 : undefined;
  return {
    read: async (signal) => {
      if (left <= 0) return null;
      const messages = await inflow.arrivals.take(Math.min(batchRecords, left), signal, idleMs);
      if (messages === null) return null;
      const fresh = messages.filter(({ seq }) => !underway.has(seq) && underway.add(seq));
      left -= fresh.length;
      const records = fresh.map((message) => ({
        ...contentOf(message),
        position: unsettled.add(message),
      }));
      return { partition, records };
    },
    committed: async (_partition, position) => {
      // The connection is gone with its task: what is not acknowledged comes again.
      if (connection.isClosed()) return;
      for (const message of unsettled.upTo(position)) {
        message.ack();
        underway.delete(message.seq);
      }
      try {
        await link.flush(connection);
      } catch (error) {
        throw natsError(error, link.where, 'acknowledge');
      }
    },
    close: async () => {
      clearInterval(working);
      try {
        await inflow.close();
        if (connection.isClosed()) return;
        // Only when the server knows that nobody waits here any more: else it gives us what we give back.
        await link.flush(connection).catch(() => undefined);
        // Others, or the next run, need not wait for these.
        for (const message of unsettled.rest()) message.nak();
        for (const message of inflow.arrivals.rest()) message.nak();
      } finally {
        await link.close();
      }
    },
  };
}

async function durableConsumer(link: Link, { config, stream, durable }: DurableReading): Promise<Consumer> {
  const { jetstream, AckPolicy, DeliverPolicy } = await import('@nats-io/jetstream');
  const { consumers } = await manager(link);
  const isThere = await consumers.info(stream, durable).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await consumers.add(stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: config.start === 'latest' ? DeliverPolicy.New : DeliverPolicy.All,
      ack_wait: (config.ack_wait_ms ?? usualAckWaitMs) * nanosPerMs,
      max_ack_pending: 10_000,
      ...(config.subjects === undefined ? {} : { filter_subjects: config.subjects }),
    });
  }
  return await jetstream(await link.connection()).consumers.get(stream, durable);
}
