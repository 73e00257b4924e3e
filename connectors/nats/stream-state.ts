import type { JetStreamManager } from '@nats-io/jetstream';
import { natsError } from './errors.js';
import type { Link } from './link.js';

/** Sequence numbers of a stream's messages. */
export interface StreamState {
  /** When it was made, as the server writes it: tells it from another one of its name. */
  readonly created: string;
  /** Of the oldest that is there; behind the last where none is. */
  readonly first: number;
  /** Of the newest that ever was there; 0 where none was. */
  readonly last: number;
  /** Of single messages that were deleted between the two, or dropped by a limit a subject. */
  readonly deleted: readonly number[];
}

export async function manager(link: Link): Promise<JetStreamManager> {
  const { jetstreamManager } = await import('@nats-io/jetstream');
  const connection = await link.connection();
  try {
    return await jetstreamManager(connection);
  } catch (error) {
    throw natsError(error, link.where, 'JetStream');
  }
}

/** Throws `not_found` where there is no such stream. */
export async function streamState(link: Link, stream: string): Promise<StreamState> {
  const streams = await manager(link);
  try {
    const { state, created } = await streams.streams.info(stream, { deleted_details: true });
    // Its types do not say that the server leaves it out where nothing was deleted.
    const told: { readonly deleted?: readonly number[] } = state;
    return { created, first: state.first_seq, last: state.last_seq, deleted: told.deleted ?? [] };
  } catch (error) {
    throw natsError(error, link.where, `stream ${stream}`);
  }
}
