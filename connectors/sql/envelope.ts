import type { JsonObject } from '../../src/sdk/index.js';

/** `r`: read by the snapshot; `t`: the whole table was truncated. */
export type Operation = 'c' | 'u' | 'd' | 'r' | 't';

/** A row as JSON: a value for each column that is known. */
export type Row = JsonObject;

/** What a change says of itself; the form is that of Debezium. */
export interface Change {
  readonly op: Operation;
  readonly before: Row | null;
  readonly after: Row | null;
  /** Where it comes from: connector, table, transaction, place in the log, and `ts_ms`, when it was committed. */
  readonly source: JsonObject;
  /** Columns of `after` that the log does not have because they did not change; left out where there are none. */
  readonly unchanged?: readonly string[];
}

export function envelope({ op, before, after, source, unchanged }: Change, now: number): JsonObject {
  const change = { op, before, after, source, ts_ms: now };
  return unchanged === undefined ? change : { ...change, unchanged: [...unchanged] };
}
