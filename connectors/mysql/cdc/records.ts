import type { JsonObject, Position, SourceRecord } from '../../../src/sdk/index.js';
import { envelope, type Operation } from '../../sql/envelope.js';
import { keyOfRow } from '../../sql/row-key.js';
import type { RowChange } from './rows.js';
import type { Shape, Table } from './tables.js';

/** Where a change comes from, beside its table. */
export interface Origin {
  readonly file: string;
  /** Where its transaction begins; of a snapshot: where the binlog goes on behind it. */
  readonly pos: number;
  readonly gtid: string | null;
  readonly committedAt: number | null;
}

/** What becomes of changes: records in Debezium's form. */
export class RecordMaker {
  readonly #withSchema: boolean;

  constructor(withSchema: boolean) {
    this.#withSchema = withSchema;
  }

  row(
    op: Operation,
    { before, after }: RowChange,
    shape: Shape,
    origin: Origin,
    position: Position,
    now: number,
  ): SourceRecord {
    const key = keyOfRow(after ?? before, shape.schema.key);
    return {
      position,
      value: envelope({ op, before, after, source: sourceOf(shape, origin, position) }, now),
      ...(key === undefined ? {} : { key }),
      ...(this.#withSchema ? { schema: shape.schema } : {}),
    };
  }

  truncated(table: Table, origin: Origin, position: Position, now: number): SourceRecord {
    const source = sourceOf(table, origin, position);
    return { position, value: envelope({ op: 't', before: null, after: null, source }, now) };
  }
}

function sourceOf({ database, name }: Table, origin: Origin, position: Position): JsonObject {
  const row =
    typeof position === 'object' && position !== null && 'row' in position ? Number(position.row) : null;
  const { file, pos, gtid, committedAt } = origin;
  return { connector: 'mysql', db: database, table: name, gtid, file, pos, row, ts_ms: committedAt };
}
