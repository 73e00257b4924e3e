import type { JsonValue, SourceRecord } from '../../../src/sdk/index.js';
import { selectBehind, snapshot, snapshotPosition } from '../../sql/cdc/snapshot.js';
import type { Mysql } from '../connect.js';
import { grantHint } from '../grant.js';
import { errnoOf, mysqlError } from '../mysql-error.js';
import { quoteName, quoteText } from '../quote.js';
import type { LogPlace, LogPosition, SnapshotPosition } from './position.js';
import type { RecordMaker } from './records.js';
import type { RowValues } from './rows.js';
import { nameOf, shapeOf, sqlNameOf, type Shape, type Table } from './tables.js';

export interface SnapshotOptions {
  /** In a transaction that sees one moment; it is the snapshot's from now on. */
  readonly mysql: Mysql;
  readonly tables: readonly Table[];
  readonly records: RecordMaker;
  readonly from: SnapshotPosition['snapshot'];
}

/** Begins a transaction that sees one moment, and tells where the binlog stands then. */
export async function beginReading(mysql: Mysql): Promise<LogPlace> {
  const inMariadb = await beginAtSnapshot(mysql);
  if (inMariadb !== null) return inMariadb;
  // MySQL cannot tell: so nobody writes while both are looked at, which is a moment.
  try {
    await mysql.run('FLUSH TABLES WITH READ LOCK');
    await mysql.run('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    return await currentPlace(mysql);
  } catch (error) {
    throw mysqlError('cannot look at one moment', error, grantHint(mysql, error, 'RELOAD', '*.*'));
  } finally {
    await mysql.run('UNLOCK TABLES');
  }
}

/** A transaction that sees one moment, where the server tells the place of it; else none, and null. */
export async function beginAtSnapshot(mysql: Mysql): Promise<LogPlace | null> {
  await mysql.run('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await mysql.run('START TRANSACTION WITH CONSISTENT SNAPSHOT');
  const rows = await mysql.texts(`SHOW STATUS LIKE 'binlog_snapshot_%'`);
  const values = new Map(rows.map((row) => [row.Variable_name?.toLowerCase(), row.Value]));
  const file = values.get('binlog_snapshot_file');
  if (file !== undefined && file !== null && file !== '') {
    return { file, pos: Number(values.get('binlog_snapshot_position')) };
  }
  await mysql.run('ROLLBACK');
  return null;
}

/** Where the binlog ends now. */
export async function currentPlace(mysql: Mysql): Promise<LogPlace> {
  const [row] = await mysql
    .texts('SHOW MASTER STATUS')
    .catch((error: unknown) => {
      // Since MySQL 8.4 it has another name.
      if (errnoOf(error) !== 1064) throw error;
      return mysql.texts('SHOW BINARY LOG STATUS');
    })
    .catch((error: unknown) => {
      throw mysqlError(
        'cannot ask where the binlog ends',
        error,
        grantHint(mysql, error, 'REPLICATION CLIENT', '*.*'),
      );
    });
  return { file: row?.File ?? '', pos: Number(row?.Position ?? 4) };
}

/** All rows of the tables behind `from`: see `snapshot`. */
export function readTables(options: SnapshotOptions): AsyncGenerator<SourceRecord[], void, undefined> {
  const { mysql, tables, from } = options;
  const { file, pos } = from;
  const log: LogPosition = { file, pos, row: -1 };
  return snapshot({
    tables,
    nameOf,
    from,
    place: { file, pos },
    log,
    rows: (table, after) => readTable(options, table, after),
    end: () => {
      mysql.drop();
    },
  });
}

/** Rows in one batch. */
const most = 500;

async function* readTable(
  { mysql, records, from: { file, pos } }: SnapshotOptions,
  table: Table,
  after: readonly string[] | null,
): AsyncGenerator<SourceRecord[], void, undefined> {
  const shape = await shapeOf(table, mysql);
  const key = shape.schema.key.map((name) => shape.columns.findIndex((column) => column.name === name));
  const name = nameOf(table);
  const origin = { file, pos, gtid: null, committedAt: null };
  let batch: SourceRecord[] = [];
  for await (const fields of selected(mysql, table, selectSql(table, shape, after))) {
    const place = key.length === 0 ? null : key.map((index) => sqlOf(shape, index, fields[index] ?? null));
    const row = rowOf(shape, fields);
    const position = snapshotPosition({ file, pos }, name, place);
    batch.push(records.row('r', { before: null, after: row }, shape, origin, position, Date.now()));
    if (batch.length < most) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* selected(
  mysql: Mysql,
  table: Table,
  sql: string,
): AsyncGenerator<readonly (Buffer | null)[], void, undefined> {
  try {
    yield* mysql.stream(sql, most);
  } catch (error) {
    throw mysqlError(
      `cannot read table ${nameOf(table)}`,
      error,
      grantHint(mysql, error, 'SELECT', sqlNameOf(table)),
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
  return selectBehind(list, sqlNameOf(table), key.map(quoteName), after);
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
