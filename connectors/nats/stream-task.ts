import type { Consumer } from '@nats-io/jetstream';
import { z } from 'zod';
import type { ConnectorContext, Position, SourceTask } from '../../src/sdk/index.js';
import { natsError } from './errors.js';
import { Inflow } from './inflow.js';
import type { Link } from './link.js';
import { contentOf } from './message.js';
import { batchRecords } from './reading.js';
import { streamState, type StreamState } from './stream-state.js';
import type { NatsSourceConfig } from './spec.js';

const seq = z.int().min(0);
/**
 * A sequence number, and when the stream was made whose it is: one that is made anew begins with 1 again. A person who
 * sets a position need not say that.
 */
export const streamPosition = z.union([
  z.strictObject({ seq, created: z.string() }),
  z.strictObject({ seq }),
]);

export interface StoredPosition {
  readonly seq: number;
  /** Null: nobody has said so. */
  readonly created: string | null;
}

/** All messages of a stream in its order. The position is the sequence number, so they can be read again. */
export async function readStream(
  link: Link,
  from: {
    readonly config: NatsSourceConfig;
    readonly stream: string;
    readonly context: ConnectorContext;
    readonly positions: ReadonlyMap<string, Position>;
  },
): Promise<SourceTask> {
  const { config, stream, context } = from;
  const state = await streamState(link, stream);
  const begin = whereToBegin(from.positions.get(stream), state, config, context, stream);
  const consumer = await orderedConsumer(link, stream, begin.after + 1, config);
  const pending = async (): Promise<number> => (await consumer.info()).num_pending;
  let left = context.once ? await pending() : Infinity;
  // What was counted may have expired, or been deleted, before it came.
  const idleMs = context.once ? 2_000 : undefined;
  const failed = (error: unknown): never => {
    throw natsError(error, link.where, `stream ${stream}`);
  };
  let { gap } = begin;
  const inflow = await Inflow.of(link, consumer);
  return {
    read: async (signal) => {
      if (left === 0) return null;
      const messages = await inflow.arrivals.take(Math.min(batchRecords, left), signal, idleMs);
      if (messages === null) {
        if ((await pending().catch(failed)) > 0) return { partition: stream, records: [] };
        return null;
      }
      left -= messages.length;
      const records = messages.map((message) => ({
        ...contentOf(message),
        position: { seq: message.seq, created: state.created },
      }));
      const batch = { partition: stream, records, ...(gap ? { gap } : {}) };
      gap = false;
      return batch;
    },
    holds: async (_partition, position) => isIn(await streamState(link, stream), position),
    close: async () => {
      await inflow.close();
      await consumer.delete().catch(() => undefined);
      await link.close();
    },
  };
}

async function orderedConsumer(
  link: Link,
  stream: string,
  start: number,
  { subjects }: NatsSourceConfig,
): Promise<Consumer> {
  const { jetstream, DeliverPolicy } = await import('@nats-io/jetstream');
  return await jetstream(await link.connection()).consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: start,
    ...(subjects === undefined ? {} : { filter_subjects: subjects }),
  });
}

/** Behind which message; and whether messages are gone that came behind the one read last. */
function whereToBegin(
  read: Position | undefined,
  { created, first, last, deleted }: StreamState,
  { start }: NatsSourceConfig,
  { log }: ConnectorContext,
  stream: string,
): { readonly after: number; readonly gap: boolean } {
  const stored = storedPosition(read);
  if (stored === null) return { after: start === 'latest' ? last : 0, gap: false };
  const { seq: position, created: made } = stored;
  if (isOfAnother(stored, created) || (made === null && position > last)) {
    log.warn('the stream was made anew: it is read from its start', { stream, position, last });
    return { after: 0, gap: true };
  }
  if (position > last) {
    log.warn('the stream has lost its end, which was read already: it is read on', {
      stream,
      position,
      last,
    });
    return { after: last, gap: true };
  }
  const gap = first > position + 1 || deleted.some((its) => its > position);
  if (gap) log.warn('messages are gone from the stream that were not read', { stream, position, first });
  return { after: position, gap };
}

/** Whether the message that was read there is still in the stream. */
function isIn({ created, first, last, deleted }: StreamState, position: Position): boolean {
  const stored = storedPosition(position);
  if (stored === null || isOfAnother(stored, created)) return false;
  const { seq } = stored;
  return seq >= first && seq <= last && !deleted.includes(seq);
}

export function storedPosition(position: Position | undefined): StoredPosition | null {
  const { data } = streamPosition.safeParse(position);
  return data === undefined ? null : { created: null, ...data };
}

/** Whether the stream that was made then is surely not the one in which this is a place. */
export const isOfAnother = (position: StoredPosition | null, created: string): boolean =>
  position !== null && position.created !== null && position.created !== created;
