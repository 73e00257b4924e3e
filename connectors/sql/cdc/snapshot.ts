import type { JsonObject, Position, SourceRecord } from '../../../src/sdk/index.js';

/** Where a snapshot goes on: behind the row of this key of the table, or before all of them. */
export interface SnapshotPlace {
  readonly table: string;
  readonly key: readonly string[] | null;
}

/** A snapshot of tables, as its database reads them. */
export interface SnapshotPlan<Table> {
  /** In the order of their names. */
  readonly tables: readonly Table[];
  nameOf(table: Table): string;
  readonly from: SnapshotPlace;
  /** Where the log goes on, which every position of the snapshot has in it. */
  readonly place: JsonObject;
  /** The beginning of the log. */
  readonly log: Position;
  /** The rows behind a key, by their key; the snapshot takes the lists for its own. */
  rows(table: Table, after: readonly string[] | null): AsyncIterable<SourceRecord[]>;
  /** Ends what it was read with. */
  end(): void;
}

/** The position of a row, or of the beginning of a table. */
export const snapshotPosition = (
  place: JsonObject,
  table: string,
  key: readonly string[] | null,
): JsonObject => ({ snapshot: { ...place, table, key: key === null ? null : [...key] } });

/**
 * The rows of the tables, one table after the other, as far as they are behind `from`. The last one's position
 * is the beginning of the log: behind it the snapshot is done.
 */
export async function* snapshot<Table>(
  plan: SnapshotPlan<Table>,
): AsyncGenerator<SourceRecord[], void, undefined> {
  const { from, place } = plan;
  const left = plan.tables.filter((table) => plan.nameOf(table) >= from.table);
  let held: SourceRecord | null = null;
  try {
    for (const [index, table] of left.entries()) {
      const key = plan.nameOf(table) === from.table ? from.key : null;
      for await (const records of plan.rows(table, key)) {
        if (held !== null) records.unshift(held);
        held = records.pop() ?? null;
        if (records.length > 0) yield records;
      }
      const next = left[index + 1];
      if (held === null || next === undefined) continue;
      held = { ...held, position: snapshotPosition(place, plan.nameOf(next), null) };
    }
    if (held !== null) yield [{ ...held, position: plan.log }];
  } finally {
    plan.end();
  }
}

/** All in SQL, the values of `after` too. Without a key the order is nobody's, and it is read from the start. */
export function selectBehind(
  columns: readonly string[],
  table: string,
  key: readonly string[],
  after: readonly string[] | null,
): string {
  const select = `SELECT ${columns.join(', ')} FROM ${table}`;
  if (key.length === 0) return select;
  const order = key.join(', ');
  const where = after === null ? '' : ` WHERE (${order}) > (${after.join(', ')})`;
  return `${select}${where} ORDER BY ${order}`;
}
