import type { Client } from 'pg';
import { ConnectorError } from '../../../src/sdk/index.js';
import type { Schema } from '../../../src/sdk/schema.js';
import { partsOfName } from '../../sql/qualified-name.js';
import type { Decode } from '../types/decode.js';
import type { QueryText, TypeCatalog } from '../types/catalog.js';
import { quoteName, quoteText } from '../quote.js';

/** A table that is captured, as it is now. */
export interface Table {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `d`: old rows have their primary key in the log; `f`: all columns; `i`: an index's; `n`: nothing. */
  readonly identity: string;
}

/** How rows of a table are written, from some place in the log on until it changes. */
export interface Shape {
  /** `schema.table` */
  readonly name: string;
  readonly schemaName: string;
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly decode: Decode }[];
  readonly schema: Schema;
}

export interface Column {
  readonly name: string;
  readonly type: number;
  readonly modifier: number;
}

export const queryText =
  (client: Client): QueryText =>
  async (sql) =>
    (await client.query<Record<string, string | null>>(sql)).rows;

/** `schema.table`, quoted for SQL. */
export const sqlNameOf = ({ schema, name }: Table): string => `${quoteName(schema)}.${quoteName(name)}`;
export const nameOf = ({ schema, name }: Pick<Table, 'schema' | 'name'>): string => `${schema}.${name}`;

/**
 * The tables of `patterns`, by name: `orders` (in schema public), `shop.orders`, `shop.*`. Partitions count to
 * the table they are part of.
 */
export async function tablesOf(patterns: readonly string[], query: QueryText): Promise<readonly Table[]> {
  const rows = await query(`
    SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relreplident AS identity
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND (${patterns.map(conditionOf).join(' OR ')})`);
  return rows
    .map(({ oid, schema, name, identity }) => ({
      oid: Number(oid),
      schema: schema ?? '',
      name: name ?? '',
      identity: identity ?? '',
    }))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** The same. Throws for a table that is not there. */
export async function findTables(patterns: readonly string[], query: QueryText): Promise<readonly Table[]> {
  const tables = await tablesOf(patterns, query);
  for (const pattern of patterns) {
    const [schema, name] = partsOf(pattern);
    if (tables.some((table) => table.schema === schema && (name === '*' || table.name === name))) continue;
    throw new ConnectorError('not_found', `there is no table ${schema}.${name}`, {
      hint: 'check `tables`: names are as in the database, of another schema than public SCHEMA.TABLE',
    });
  }
  return tables;
}

function partsOf(pattern: string): [schema: string, name: string] {
  const { schema, table } = partsOfName(pattern);
  return [schema ?? 'public', table];
}

function conditionOf(pattern: string): string {
  const [schema, name] = partsOf(pattern);
  const inSchema = `n.nspname = ${quoteText(schema)}`;
  return name === '*' ? `(${inSchema})` : `(${inSchema} AND c.relname = ${quoteText(name)})`;
}

/** The columns that are in the log: generated ones are not. */
export async function columnsOf(table: Table, query: QueryText): Promise<readonly Column[]> {
  const rows = await query(`
    SELECT attname AS name, atttypid AS type, atttypmod AS modifier FROM pg_catalog.pg_attribute
    WHERE attrelid = ${String(table.oid)} AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY attnum`);
  return rows.map(({ name, type, modifier }) => ({
    name: name ?? '',
    type: Number(type),
    modifier: Number(modifier),
  }));
}

/** The columns of the primary key, or else of the index that is the replica identity; may be none. */
export async function keyOfTable(oid: number, query: QueryText): Promise<readonly string[]> {
  const rows = await query(`
    SELECT a.attname AS name FROM (
      SELECT indrelid, indkey FROM pg_catalog.pg_index
      WHERE indrelid = ${String(oid)} AND (indisprimary OR indisreplident) ORDER BY indisprimary DESC LIMIT 1
    ) i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number ORDER BY k.place`);
  return rows.map(({ name }) => name ?? '');
}

/** Looks up what it does not know of the columns' types. */
export async function shapeOf(
  { schema, name }: Pick<Table, 'schema' | 'name'>,
  columns: readonly Column[],
  key: readonly string[],
  catalog: TypeCatalog,
  query: QueryText,
): Promise<Shape> {
  await catalog.learn(
    columns.map(({ type }) => type),
    query,
  );
  const typed = columns.map((column) => ({
    name: column.name,
    ...catalog.column(column.type, column.modifier),
  }));
  const present = key.filter((part) => columns.some((column) => column.name === part));
  return {
    name: `${schema}.${name}`,
    schemaName: schema,
    table: name,
    columns: typed.map((column) => ({ name: column.name, decode: column.decode })),
    schema: {
      name: `${schema}.${name}`,
      key: present,
      fields: typed.map((column) => ({
        name: column.name,
        ...column.type,
        ...(present.includes(column.name) ? {} : { optional: true }),
      })),
    },
  };
}
