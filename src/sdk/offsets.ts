import type { ConnectorContext } from './context.js';
import type { JsonValue } from './json.js';

/**
 * Exactly once, for sinks that keep the queue offsets themselves, together with what they write.
 *
 * 1. `SinkPlugin.delivery` says that, and under which configuration, it can.
 * 2. The worker asks `SinkConnector.offsets` where to start, decides (below), and tells with `set` what it
 *    decided otherwise.
 * 3. Each `SinkTask.write` is given how far it gets in each queue. The sink makes records and offsets
 *    permanent as one: after a crash both are there or neither is.
 *
 * The sink's own offsets win over the consumer group's. The group's are committed all the same, behind
 * them, for lag and for other tools; the worker puts what it needs to tell its own commits from a reset by
 * somebody else into `mark`.
 */
export interface QueueOffset {
  readonly topic: string;
  readonly broker: string;
  readonly queue: number;
  /** Everything below it is written, left out on purpose, or a dead letter. */
  readonly offset: number;
  /** The worker's own words: kept with the offset, handed back as they are, looked into never. */
  readonly mark: JsonValue;
}

/** A sink's own offsets: all queues that its consumer group ever had there. */
export interface SinkOffsets {
  /** As of the last `write` that resolved, or, in a sink that does not run, as the next start will find them. */
  read(): Promise<readonly QueueOffset[]>;
  /**
   * Puts these in the place of what is kept for the same queues, and leaves the others alone; permanent when
   * it resolves. Of a running sink only the worker calls it, and not for a queue that is being written.
   */
  set(offsets: readonly QueueOffset[]): Promise<void>;
  /** Forgets the offsets of these queues: the next start goes by the group's. Like `set` otherwise. */
  forget(queues: readonly Pick<QueueOffset, 'topic' | 'broker' | 'queue'>[]): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** One JSON value that the worker keeps for a connector, in its data directory: small, and read at the start. */
export interface ConnectorState {
  /** Null where nothing was written. Throws where what is there cannot be understood. */
  read(): Promise<JsonValue>;
  /** On disk, whole, when it resolves; after a crash before that, the old value or the new one is there. */
  write(value: JsonValue): Promise<void>;
}

/** How often a record may be written; see `SinkPlugin.delivery`. */
export type Delivery = 'exactly_once' | 'at_least_once';

/** What a sink can promise under a configuration. */
export type SinkDelivery =
  | { readonly delivery: 'exactly_once' }
  | {
      readonly delivery: 'at_least_once';
      /** Half a sentence: `fsync: never leaves it to the system when lines are on disk`. */
      readonly because: string;
    };

/** What holds for a sink as a whole. */
export interface SinkContext extends ConnectorContext {
  /** The consumer group it reads as. */
  readonly group: string;
  /**
   * `exactly_once`: the connector keeps offsets, and `SinkConnector.offsets` is there. Else `write` gets no
   * offsets, and those kept by an earlier run are to be forgotten: they are not true any more once
   * something is written without them.
   */
  readonly delivery: Delivery;
  /** For sinks whose own system cannot keep the offsets; see `SinkOffsets`. */
  readonly state: ConnectorState;
  /**
   * After a run that did not end well: whether no other worker has had what `resources` says is written since. What
   * is there may then be taken back to `state`.
   */
  readonly undisturbed: boolean;
}

/** What it takes to find a sink's own offsets without starting it. */
export type OffsetsContext = Pick<SinkContext, 'connector' | 'baseDir' | 'group' | 'state'>;
