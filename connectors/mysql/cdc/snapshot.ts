import type { JsonValue, SourceRecord } from '../../../src/sdk/index.js';
import type { Connection as CoreConnection } from 'mysql2';
import { drop, quoteName, quoteText, type Session } from './session.js';
import { errnoOf, mysqlError } from '../mysql-error.js';
import type { LogPlace, LogPosition, SnapshotPosition } from './position.js';
import type { RecordMaker } from './records.js';
import type { RowValues } from './rows.js';
import { nameOf, shapeOf, sqlNameOf, type Shape, type Table } from './tables.js';

export interface SnapshotOptions {
  /** In a transaction that sees one moment; it is the snapshot's from now on. */
  readonly session: Session;
  readonly tables: readonly Table[];
  readonly records: RecordMaker;
  readonly from: SnapshotPosition['snapshot'];
}

/** Begins a transaction that sees one moment, and tells where the binlog stands then. */
export async function beginReading(session: Session): Promise<LogPlace> {
  const inMariadb = await beginAtSnapshot(session);
  if (inMariadb !== null) return inMariadb;
  // MySQL cannot tell: so nobody writes while both are looked at, which is a moment.
  try {
    await session.query('FLUSH TABLES WITH READ LOCK');
    await session.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    return await currentPlace(session);
  } catch (error) {
    throw mysqlError('cannot look at one moment', error, 'GRANT RELOAD ON *.* TO USER;');
  } finally {
    await session.query('UNLOCK TABLES');
  }
}

async function beginAtSnapshot(session: Session): Promise<LogPlace | null> {
  await session.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await session.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
  const rows = await session.query(`SHOW STATUS LIKE 'binlog_snapshot_%'`);
  const values = new Map(rows.map((row) => [row.Variable_name?.toLowerCase(), row.Value]));
  const file = values.get('binlog_snapshot_file');
  if (file !== undefined && file !== null && file !== '') {
    return { file, pos: Number(values.get('binlog_snapshot_position')) };
  }
  await session.query('ROLLBACK');
  return null;
}

/** Where the binlog ends now. */
export async function currentPlace(session: Session): Promise<LogPlace> {
  const [row] = await session
    .query('SHOW MASTER STATUS')
    .catch((error: unknown) => {
      // Since MySQL 8.4 it has another name.
      if (errnoOf(error) !== 1064) throw error;
      return session.query('SHOW BINARY LOG STATUS');
    })
    .catch((error: unknown) => {
      throw mysqlError(
        'cannot ask where the binlog ends',
        error,
        'GRANT BINLOG MONITOR ON *.* TO USER; (MySQL: REPLICATION CLIENT)',
      );
    });
  return { file: row?.File ?? '', pos: Number(row?.Position ?? 4) };
}

/**
 * The rows of the tables, one table after the other, each by its key, as far as they are behind `from`. The
 * last one's position is the beginning of the log: behind it the snapshot is done.
 */
export async function* snapshot(options: SnapshotOptions): AsyncGenerator<SourceRecord[], void, undefined> {
  const { session, tables, from } = options;
  const { file, pos } = from;
  const start: LogPosition = { file, pos, row: -1 };
  const left = tables.filter((table) => nameOf(table) >= from.table);
  let held: SourceRecord | null = null;
  try {
    for (const [index, table] of left.entries()) {
      const key = nameOf(table) === from.table ? from.key : null;
      for await (const records of readTable(options, table, key)) {
        if (held !== null) records.unshift(held);
        held = records.pop() ?? null;
        if (records.length > 0) yield records;
      }
      const next = left[index + 1];
      if (held === null || next === undefined) continue;
      held = { ...held, position: { snapshot: { file, pos, table: nameOf(next), key: null } } };
    }
    if (held !== null) yield [{ ...held, position: start }];
  } finally {
    drop(session);
  }
}

/** The connection beneath, whose answers can be read as they come: mysql2 does not show it in its types. */
const coreOf = (connection: Session['connection']): CoreConnection =>
  (connection as unknown as { readonly connection: CoreConnection }).connection;

/** Rows in one batch. */
const most = 500;

async function* readTable(
  { session, records, from: { file, pos } }: SnapshotOptions,
  table: Table,
  after: readonly string[] | null,
): AsyncGenerator<SourceRecord[], void, undefined> {
  const shape = await shapeOf(table, session);
  const key = shape.schema.key.map((name) => shape.columns.findIndex((column) => column.name === name));
  const here = { file, pos, table: nameOf(table) };
  const origin = { file, pos, gtid: null, committedAt: null };
  let batch: SourceRecord[] = [];
  for await (const fields of selected(session, table, selectSql(table, shape, after))) {
    const place = key.length === 0 ? null : key.map((index) => sqlOf(shape, index, fields[index] ?? null));
    const row = rowOf(shape, fields);
    const position = { snapshot: { ...here, key: place } };
    batch.push(records.row('r', { before: null, after: row }, shape, origin, position, Date.now()));
    if (batch.length < most) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* selected(
  { connection }: Session,
  table: Table,
  sql: string,
): AsyncGenerator<readonly (Buffer | null)[], void, undefined> {
  try {
    const query = coreOf(connection).query({
      sql,
      rowsAsArray: true,
      typeCast: (field) => field.buffer(),
    });
    yield* query.stream({ highWaterMark: most }) as AsyncIterable<(Buffer | null)[]>;
  } catch (error) {
    throw mysqlError(
      `cannot read table ${nameOf(table)}`,
      error,
      `GRANT SELECT ON ${sqlNameOf(table)} TO USER;`,
    );
  }
}

function selectSql(
  table: Table,
  { columns, schema: { key } }: Shape,
  after: readonly string[] | null,
): string {
  // An answer rounds a float to six digits; as a double it is whole.
  const list = columns.map(({ name, dataType }) =>
    dataType === 'float' ? `${quoteName(name)} + 0e0` : quoteName(name),
  );
  const select = `SELECT ${list.join(', ')} FROM ${sqlNameOf(table)}`;
  if (key.length === 0) return select;
  const order = key.map(quoteName).join(', ');
  const where = after === null ? '' : ` WHERE (${order}) > (${after.join(', ')})`;
  return `${select}${where} ORDER BY ${order}`;
}

/** A key's value as it is written in SQL. */
function sqlOf({ columns }: Shape, index: number, field: Buffer | null): string {
  if (field === null) return 'NULL';
  return columns[index]?.type.type === 'bytes' ? `X'${field.toString('hex')}'` : quoteText(field.toString());
}

function rowOf({ columns }: Shape, fields: readonly (Buffer | null)[]): RowValues {
  const row: Record<string, JsonValue> = {};
  for (const [index, column] of columns.entries()) {
    const field = fields[index] ?? null;
    row[column.name] = field === null ? null : column.fromText(field);
  }
  return row;
}
