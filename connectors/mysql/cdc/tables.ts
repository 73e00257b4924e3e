import { ConnectorError } from '../../../src/sdk/index.js';
import type { Schema } from '../../../src/sdk/schema.js';
import type { Mysql } from '../connect.js';
import { quoteName, quoteText } from '../quote.js';
import { placeOf } from '../table-place.js';
import { columnOf, columnsSql, type Column } from './columns.js';
import type { TableMap } from './events.js';
import { isOfType } from './values.js';

export interface Table {
  readonly database: string;
  readonly name: string;
}

/** A table's rows as they are written from some place in the log on. */
export interface Shape extends Table {
  readonly columns: readonly Column[];
  readonly schema: Schema;
}

export const nameOf = ({ database, name }: Table): string => `${database}.${name}`;
export const sqlNameOf = ({ database, name }: Table): string => `${quoteName(database)}.${quoteName(name)}`;

/** The tables of `patterns`, by name: `orders` (in the url's database), `shop.orders`, `shop.*`. Throws for a missing one. */
export async function findTables(patterns: readonly string[], mysql: Mysql): Promise<readonly Table[]> {
  const wanted = patterns.map((pattern) => {
    const { database, table: name } = placeOf(pattern, mysql);
    return { database, name };
  });
  const conditions = wanted.map(({ database: schema, name }) =>
    name === '*'
      ? `(TABLE_SCHEMA = ${quoteText(schema)})`
      : `(TABLE_SCHEMA = ${quoteText(schema)} AND TABLE_NAME = ${quoteText(name)})`,
  );
  const rows = await mysql.texts(`
    SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name FROM information_schema.TABLES
    WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND (${conditions.join(' OR ')})`);
  const tables = rows
    .map(({ db, name }) => ({ database: db ?? '', name: name ?? '' }))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  for (const { database: schema, name } of wanted) {
    if (tables.some((table) => table.database === schema && (name === '*' || table.name === name))) continue;
    throw new ConnectorError('not_found', `there is no table ${schema}.${name}, or the user may not see it`, {
      hint: 'check `tables`: names are as in the database, of another database than that of url DATABASE.TABLE',
    });
  }
  return tables;
}

/** As the table is now. */
export async function shapeOf(table: Table, mysql: Mysql): Promise<Shape> {
  const [database, name] = [quoteText(table.database), quoteText(table.name)];
  const keyRows = await mysql.texts(`
    SELECT COLUMN_NAME AS name FROM information_schema.KEY_COLUMN_USAGE
    WHERE TABLE_SCHEMA = ${database} AND TABLE_NAME = ${name} AND CONSTRAINT_NAME = 'PRIMARY'
    ORDER BY ORDINAL_POSITION`);
  const key = keyRows.map((row) => row.name ?? '');
  const rows = await mysql.texts(columnsSql(database, name));
  return shaped(
    table,
    rows.map((row) => columnOf(row, key)),
    key,
  );
}

function shaped(table: Table, columns: readonly Column[], key: readonly string[]): Shape {
  return {
    ...table,
    columns,
    schema: {
      name: nameOf(table),
      key: key.filter((part) => columns.some(({ name }) => name === part)),
      fields: columns.map(({ name, type, isKey }) => ({
        name,
        ...type,
        ...(isKey ? {} : { optional: true }),
      })),
    },
  };
}

/**
 * The columns of the log, which may be older than the table is now. With `binlog_row_metadata = FULL` the log
 * names them. Without, they must be the table's, or its first ones: columns were added since.
 */
export function shapeInLog(now: Shape, map: TableMap): Shape {
  const shape = fittingShape(now, map);
  if (shape !== null) return shape;
  throw new ConnectorError(
    'config',
    `table ${nameOf(now)} was altered since what is in the binlog was written, and its columns at that time are not known`,
    {
      hint: 'SET GLOBAL binlog_row_metadata = FULL has the binlog name them; `rmq-connect offsets reset NAME --yes` reads the tables anew',
    },
  );
}

/** Null: these were other columns. */
export function fittingShape(now: Shape, map: TableMap): Shape | null {
  const columns = map.names === null ? now.columns.slice(0, map.types.length) : named(now, map.names);
  const fits =
    columns.length === map.types.length &&
    columns.every((column, index) => isOfType(map.types[index] ?? 0, map.metadata[index] ?? 0, column));
  if (!fits) return null;
  return columns.length === now.columns.length ? now : shaped(now, columns, now.schema.key);
}

function named({ columns }: Shape, names: readonly string[]): readonly Column[] {
  return names.flatMap((name) => columns.find((column) => column.name === name) ?? []);
}
