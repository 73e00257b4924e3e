import type { JsonObject, JsonValue, Position, SourceRecord } from '../../../src/sdk/index.js';
import { envelope, type Change, type Row } from '../../sql/envelope.js';
import { keyOfRow } from '../../sql/row-key.js';
import type { OldTuple, Tuple } from './pgoutput.js';
import type { Shape } from './tables.js';

/** Where a change comes from, beside its table. */
export interface Origin {
  readonly database: string;
  /** Of the commit; of a snapshot: where the log goes on behind it. */
  readonly lsn: string;
  readonly txId: number | null;
  readonly committedAt: number | null;
}

/** Tells changes of one transaction from each other; null in a snapshot. */
const placeIn = (position: Position): number | null =>
  typeof position === 'object' && position !== null && 'index' in position ? Number(position.index) : null;

/** What becomes of changes: records in Debezium's form. */
export class RecordMaker {
  readonly #withSchema: boolean;

  constructor(withSchema: boolean) {
    this.#withSchema = withSchema;
  }

  read(shape: Shape, fields: Tuple, origin: Origin, position: Position, now: number): SourceRecord {
    return this.#record(
      shape,
      { op: 'r', before: null, after: rowOf(shape, fields), source: sourceOf(shape, origin, position) },
      position,
      now,
    );
  }

  inserted(shape: Shape, after: Tuple, origin: Origin, position: Position, now: number): SourceRecord {
    return this.#record(
      shape,
      { op: 'c', before: null, after: rowOf(shape, after), source: sourceOf(shape, origin, position) },
      position,
      now,
    );
  }

  /** What did not change and is not in the log is taken from the old row, where that is whole. */
  updated(
    shape: Shape,
    before: OldTuple | null,
    after: Tuple,
    origin: Origin,
    position: Position,
    now: number,
  ): SourceRecord {
    const old = before === null ? null : oldRowOf(shape, before);
    const row = rowOf(shape, after);
    const unchanged: string[] = [];
    for (const [index, { name }] of shape.columns.entries()) {
      if (after[index] !== undefined || index >= after.length) continue;
      const known = before?.isKey === false ? old?.[name] : undefined;
      if (known === undefined) unchanged.push(name);
      else row[name] = known;
    }
    const change = { op: 'u', before: old, after: row, source: sourceOf(shape, origin, position) } as const;
    return this.#record(shape, unchanged.length === 0 ? change : { ...change, unchanged }, position, now);
  }

  deleted(shape: Shape, before: OldTuple, origin: Origin, position: Position, now: number): SourceRecord {
    return this.#record(
      shape,
      { op: 'd', before: oldRowOf(shape, before), after: null, source: sourceOf(shape, origin, position) },
      position,
      now,
    );
  }

  truncated(shape: Shape, origin: Origin, position: Position, now: number): SourceRecord {
    return this.#record(
      shape,
      { op: 't', before: null, after: null, source: sourceOf(shape, origin, position) },
      position,
      now,
    );
  }

  #record(shape: Shape, change: Change, position: Position, now: number): SourceRecord {
    const key = keyOfRow(change.after ?? change.before, shape.schema.key);
    return {
      position,
      value: envelope(change, now),
      ...(key === undefined ? {} : { key }),
      ...(this.#withSchema ? { schema: shape.schema } : {}),
    };
  }
}

const sourceOf = (
  shape: Shape,
  { database, lsn, txId, committedAt }: Origin,
  position: Position,
): JsonObject => ({
  connector: 'postgres',
  db: database,
  schema: shape.schemaName,
  table: shape.table,
  txId,
  lsn,
  seq: placeIn(position),
  ts_ms: committedAt,
});

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Without what is undefined. */
function rowOf({ columns }: Shape, fields: Tuple): Mutable<Row> {
  const row: Record<string, JsonValue> = {};
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index];
    const field = fields[index];
    if (column === undefined || field === undefined) continue;
    row[column.name] = field === null ? null : column.decode(field);
  }
  return row;
}

/** Of a key alone, only its columns: the others are not null, they are unknown. */
function oldRowOf(shape: Shape, { isKey, values }: OldTuple): Row {
  if (!isKey) return rowOf(shape, values);
  return rowOf(
    shape,
    values.map((value) => value ?? undefined),
  );
}
