import type { Check } from './check.js';
import type { z } from 'zod';
import type { ConnectorContext, TaskContext } from './context.js';
import type { Findings, SinkInspectContext } from './finding.js';
import type { OffsetsContext, QueueOffset, SinkContext, SinkDelivery, SinkOffsets } from './offsets.js';
import type { SinkRecord } from './record.js';
import type { Resources } from './resources.js';

/** A kind of system that can be written to; see `SourcePlugin`. */
export interface SinkPlugin<Config = unknown> {
  readonly kind: 'sink';
  readonly spec: z.ZodType<Config>;
  /**
   * What a job gets that does not choose. `strict`, the default: nothing is written before a record that
   * came before it in its queue and was refused for now. `relaxed`: the order in a queue means nothing to
   * the system, so the rest goes on.
   */
  readonly ordering?: 'strict' | 'relaxed';
  check?(config: Config, context: Pick<ConnectorContext, 'baseDir'>): Promise<readonly Check[]>;
  resources?(config: Config, context: Pick<ConnectorContext, 'baseDir'>): Promise<Resources>;
  /**
   * Whether it keeps the queue offsets together with what it writes, so that nothing is written twice; see
   * `QueueOffset`. Told from the configuration alone. Left out: at least once. A plugin that has it has
   * `offsets`, too.
   */
  delivery?(config: Config): SinkDelivery;
  /**
   * Its own offsets, while the connector does not run: for `offsets show`, `set` and `reset`. Throws
   * `ConnectorError` where the system cannot be used. Called only where `delivery` says `exactly_once`; the
   * caller closes it.
   */
  offsets?(config: Config, context: OffsetsContext): Promise<SinkOffsets>;
  /** See `SourcePlugin.inspect`. */
  inspect?(config: Config, context: SinkInspectContext): Findings;
  /** Opens the connector; throws `ConnectorError` where the system cannot be used. */
  start(config: Config, context: SinkContext): Promise<SinkConnector>;
}

/** One configured, started sink. The worker deals the queues of its topics over the tasks. */
export interface SinkConnector {
  open(context: TaskContext): Promise<SinkTask>;
  /** There when the context said `exactly_once`. Closed with the connector. */
  readonly offsets?: Omit<SinkOffsets, 'close'>;
  /** Idempotent. Called after all its tasks are closed. */
  close(): Promise<void>;
}

/** A task of a sink. The worker calls `write` one at a time. */
export interface SinkTask {
  /**
   * It reads `json` of records itself, and asks for `value` and `schema` only where it must. Where there is `json`,
   * these are then made when they are asked for, and throw `bad_data` for what is no JSON and no schema; a record
   * that is refused with that error counts as one that could not be converted.
   */
  readonly readsJson?: boolean;
  /**
   * Writes the records; when it resolves, they are as safe as the connector's README promises, and their
   * offsets may be committed. Records of one queue come in order. Throws `RecordsRefused` when single
   * records cannot be taken; any other error means that nothing of the batch counts as written, and the
   * batch comes again: whole, or, where the error is `bad_data` and the job tolerates single records, in
   * parts until the record is found. A refusal that is `retryable` is tried again; a sink that needs order
   * then also refuses, in the same way, what follows that record in its queue.
   *
   * `upTo` is given to sinks that keep the offsets: how far the queues of the batch are done once it is
   * written, one entry for a queue. It may lie beyond the queue's last record (what was filtered out), a
   * queue may have no record at all, and there may be no records. Such a sink writes all of it, and then the
   * offsets are in `SinkOffsets.read`; or, whatever it throws, `RecordsRefused` also, nothing of it, no
   * record and no offset: the batch comes again, without those refused.
   */
  write(records: readonly SinkRecord[], signal: AbortSignal, upTo?: readonly QueueOffset[]): Promise<void>;
  /**
   * Makes permanent what `write` has only handed over, own offsets included; called before the group's
   * offsets are committed.
   */
  flush?(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}
