import type { Lag, Position } from '../../src/sdk/index.js';
import { natsError } from './errors.js';
import type { Link } from './link.js';
import { manager, streamState } from './stream-state.js';
import { isOfAnother, storedPosition, type StoredPosition } from './stream-task.js';
import type { NatsSourceConfig } from './spec.js';

const none: Lag = { records: 0, bytes: 0, seconds: 0 };
const unknown: Lag = { records: null, bytes: null, seconds: null };
const nanosPerMs = 1_000_000;

export async function sourceLag(
  link: Link,
  config: NatsSourceConfig,
  positions: ReadonlyMap<string, Position>,
): Promise<Lag> {
  const { stream, durable } = config;
  if (stream === undefined) return unknown;
  try {
    return durable === undefined
      ? await streamLag(link, config, stream, storedPosition(positions.get(stream)))
      : await durableLag(link, stream, durable);
  } catch (error) {
    throw natsError(error, link.where, `stream ${stream}`);
  }
}

/** The server counts what a consumer would get; one that is made for that alone is gone at once. */
async function streamLag(
  link: Link,
  { subjects }: NatsSourceConfig,
  stream: string,
  position: StoredPosition | null,
): Promise<Lag> {
  const { created, last } = await streamState(link, stream);
  // Of one that was made anew nothing was read.
  const seq = isOfAnother(position, created) ? 0 : (position?.seq ?? 0);
  if (last <= seq) return none;
  const { AckPolicy, DeliverPolicy } = await import('@nats-io/jetstream');
  const { consumers } = await manager(link);
  const { name, num_pending: records } = await consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: seq + 1,
    inactive_threshold: 5_000 * nanosPerMs,
    mem_storage: true,
    ...(subjects === undefined ? {} : { filter_subjects: subjects }),
  });
  await consumers.delete(stream, name);
  if (records === 0) return none;
  return { records, bytes: null, seconds: await secondsBehind(link, stream, seq + 1) };
}

async function durableLag(link: Link, stream: string, durable: string): Promise<Lag> {
  const { consumers } = await manager(link);
  const info = await consumers.info(stream, durable).catch(() => null);
  if (info === null) return unknown;
  const records = info.num_pending + info.num_ack_pending;
  if (records === 0) return none;
  return { records, bytes: null, seconds: await secondsBehind(link, stream, info.ack_floor.stream_seq + 1) };
}

/** How old the message is, or the first that is there; null where nobody can tell. */
async function secondsBehind(link: Link, stream: string, seq: number): Promise<number | null> {
  const { streams } = await manager(link);
  const { first } = await streamState(link, stream);
  const message = await streams.getMessage(stream, { seq: Math.max(seq, first) }).catch(() => null);
  return message === null ? null : Math.max(0, (Date.now() - message.time.getTime()) / 1_000);
}
