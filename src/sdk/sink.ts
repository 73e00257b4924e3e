import type { z } from 'zod';
import type { ConnectorContext, TaskContext } from './context.js';
import type { SinkRecord } from './record.js';
import type { Check, Resources } from './plugin.js';

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
  /** Opens the connector; throws `ConnectorError` where the system cannot be used. */
  start(config: Config, context: ConnectorContext): Promise<SinkConnector>;
}

/** One configured, started sink. The worker deals the queues of its topics over the tasks. */
export interface SinkConnector {
  open(context: TaskContext): Promise<SinkTask>;
  /** Idempotent. Called after all its tasks are closed. */
  close(): Promise<void>;
}

/** A task of a sink. The worker calls `write` one at a time. */
export interface SinkTask {
  /**
   * Writes the records; when it resolves, they are as safe as the connector's README promises, and their
   * offsets may be committed. Records of one queue come in order. Throws `RecordsRefused` when single
   * records cannot be taken; any other error means that nothing of the batch counts as written, and the
   * batch comes again: whole, or, where the error is `bad_data` and the job tolerates single records, in
   * parts until the record is found. A refusal that is `retryable` is tried again; a sink that needs order
   * then also refuses, in the same way, what follows that record in its queue.
   */
  write(records: readonly SinkRecord[], signal: AbortSignal): Promise<void>;
  /** Makes durable what `write` has only handed over; called before offsets are committed. */
  flush?(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}
