import type { JsonObject } from './json.js';
import type { Position } from './record.js';

/** Structured log of the worker. Nothing is logged per record. */
export interface Log {
  info(message: string, fields?: JsonObject): void;
  warn(message: string, fields?: JsonObject): void;
  error(message: string, fields?: JsonObject): void;
}

/** What holds for a connector as a whole. */
export interface ConnectorContext {
  /** The connector's name in the job file. */
  readonly connector: string;
  /** The folder of the job file: relative paths start here. */
  readonly baseDir: string;
  /** Stop at the end that is there at the start, instead of waiting for more. */
  readonly once: boolean;
  readonly log: Log;
}

/** What holds for one task. */
export interface TaskContext extends ConnectorContext {
  /** Counts from 0. */
  readonly task: number;
}

/** What holds for one task of a source. */
export interface SourceTaskContext extends TaskContext {
  /**
   * What was read of the partition behind its position will not come again as it was (a query's rows): it
   * goes on behind `position` all the same, and what was sent but is not behind the stored position may come
   * twice. Only before the partition's first batch. On disk when it resolves.
   */
  readonly anew: (partition: string, position: Position) => Promise<void>;
}
