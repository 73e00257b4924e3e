import type { Check } from './check.js';
import type { Lag } from './lag.js';
import type { z } from 'zod';
import type { ConnectorContext, SourceTaskContext } from './context.js';
import type { Findings, InspectContext } from './finding.js';
import type { JsonObject } from './json.js';
import type { Position, SourceBatch } from './record.js';
import type { Resources } from './resources.js';

/**
 * A kind of system that can be read from. `Config` is what `spec` parses the `config:` of a job file
 * into. Methods take what they need as arguments: a plugin keeps no state.
 */
export interface SourcePlugin<Config = unknown> {
  readonly kind: 'source';
  readonly spec: z.ZodType<Config>;
  /**
   * `exactly_once`: every position can be read from again, with the same records in the same number behind
   * it, so that nothing need come twice after a crash. Told from the configuration alone.
   */
  delivery(config: Config): SourceDelivery;
  /** What is wrong or doubtful beyond the shape, as far as it can be told without side effects. */
  check?(config: Config, context: Pick<ConnectorContext, 'baseDir'>): Promise<readonly Check[]>;
  /** What it reads and writes on this machine; two connectors must not write what another one uses. */
  resources?(config: Config, context: Pick<ConnectorContext, 'baseDir'>): Promise<Resources>;
  /** How far the positions are behind the system's end. Needs no running connector. */
  lag?(
    config: Config,
    positions: ReadonlyMap<string, Position>,
    context: Pick<ConnectorContext, 'baseDir'>,
  ): Promise<Lag>;
  /** The form of its positions: one that a person wrote is checked before it is stored. */
  readonly position?: z.ZodType<Position>;
  /**
   * Where the partitions there are now begin (`earliest`: all that can be read comes again) or end (`latest`:
   * only what is added comes). null: as if it had never been read. Left out: nobody can tell.
   */
  seek?(
    config: Config,
    to: 'earliest' | 'latest',
    context: Pick<ConnectorContext, 'baseDir'>,
  ): Promise<ReadonlyMap<string, Position | null>>;
  /**
   * Deletes what the source has made in its system to be able to read (a replication slot), whatever of it is
   * there, and says what that was: `replication slot "orders"`. Its connector does not run.
   */
  remove?(
    config: Config,
    context: Pick<ConnectorContext, 'baseDir' | 'connector'>,
  ): Promise<readonly string[]>;
  /** What a position of Apache RocketMQ Connect's source for the same kind of system means here. */
  adopt?(
    config: Config,
    foreign: ForeignPosition,
    context: Pick<ConnectorContext, 'baseDir'>,
  ): Promise<Adopted>;
  /**
   * Looks at the system as the connector would use it: whether it answers, what is there, what the user may do.
   * Changes nothing. Left out: there is nothing to look at.
   */
  inspect?(config: Config, context: InspectContext): Findings;
  /** Opens the connector; throws `ConnectorError` where the system cannot be used. */
  start(config: Config, context: ConnectorContext): Promise<SourceConnector>;
}

/** What a source can promise under a configuration; `because` is half a sentence. */
export type SourceDelivery =
  | { readonly delivery: 'exactly_once' }
  | { readonly delivery: 'at_least_once' | 'at_most_once'; readonly because: string };

/** `RecordPartition` and `RecordOffset` of Apache RocketMQ Connect, in the words of its connector. */
export interface ForeignPosition {
  readonly partition: JsonObject;
  readonly offset: JsonObject;
}

/** `note` says what a person should know: what is not exact, or, where there is no position, why. */
export type Adopted =
  | { readonly partition: string; readonly position: Position | null; readonly note: string | null }
  | { readonly partition: null; readonly note: string };

/** One configured, started source. It decides its tasks and opens them. */
export interface SourceConnector {
  /** The configuration of each task: at least none, at most `max`. Same outside, same answer. */
  tasks(max: number): Promise<readonly JsonObject[]>;
  /**
   * Calls `changed` when `tasks` may answer differently now (a new file, a new table). Resolves when
   * `signal` aborts, or when nothing can change any more: the connector has then finished once its tasks
   * have.
   */
  watch?(changed: () => void, signal: AbortSignal): Promise<void>;
  /** Opens a task. `positions` holds where each partition was left; one not in it starts anew. */
  open(
    task: JsonObject,
    context: SourceTaskContext,
    positions: ReadonlyMap<string, Position>,
  ): Promise<SourceTask>;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * A task of a source: stateless but for where it stands. The worker calls `read` one at a time, and
 * asks for the next batch only while it has room.
 */
export interface SourceTask {
  /**
   * The next records, one partition's at a time; waits while there are none. `null`: nothing will ever
   * come again. When `signal` aborts it rejects with the signal's reason, or returns what it has, within
   * a second.
   */
  read(signal: AbortSignal): Promise<SourceBatch | null>;
  /**
   * Whether what a run that was cut off has read up to `position` is a part of what is read of the partition now. False
   * where that is something else, such as a file that was put in the place of another, or where the record at
   * `position` is gone: what was sent up to there is then not counted off from what is read. Asked after the first
   * records of the partition were read. Left out: it always is.
   */
  holds?(partition: string, position: Position): Promise<boolean>;
  /** All records of `partition` up to and with `position` are stored and the position is on disk. */
  committed?(partition: string, position: Position): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}
