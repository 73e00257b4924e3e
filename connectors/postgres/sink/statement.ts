import type { Client } from 'pg';
import { finished } from 'node:stream/promises';
import type { Sent } from '../../sql/sink/sent.js';
import type { Statement } from '../../sql/sink/session.js';
import { quoteName, quoteTable } from '../quote.js';
import { copyText } from './encode.js';
import type { PostgresColumn } from './table.js';

/** Runs a statement: rows that are only added go by COPY, the others as one array for each column. */
export async function runStatement(client: Client, statement: Statement): Promise<void> {
  const table = quoteTable(statement.table.name);
  switch (statement.kind) {
    case 'truncate':
      await client.query(`TRUNCATE ${table}`);
      return;
    case 'insert':
      await copyIn(
        client,
        `COPY ${table} (${listOf(statement)}) FROM STDIN`,
        Buffer.from(copyText(statement.rows)),
      );
      return;
    default:
      await client.query(sqlOf(statement, table, arraysSql(statement)), arrays(statement));
  }
}

/** `COPY … FROM STDIN` of rows as they stand in it. */
export async function copyIn(client: Client, sql: string, rows: Buffer): Promise<void> {
  const { from } = await import('pg-copy-streams');
  const stream = client.query(from(sql));
  const done = finished(stream);
  stream.end(rows);
  await done;
}

export const listOf = ({ columns }: Pick<Statement, 'columns'>): string =>
  columns.map(({ name }) => quoteName(name)).join(', ');

function arraysSql({ columns }: Statement): string {
  const names = columns.map((_column, at) => `c${String(at)}`).join(', ');
  return `unnest(${columns.map((_column, at) => `$${String(at + 1)}::text[]`).join(', ')}) AS r(${names})`;
}

/** The statement that takes its rows from `rows`: something called `r` with the columns `c0`, `c1` …, as texts or not. */
export function sqlOf(
  { kind, columns, key }: Pick<Statement, 'kind' | 'columns' | 'key'>,
  table: string,
  rows: string,
): string {
  const valueOf = (name: string): string => {
    const at = columns.findIndex((column) => column.name === name);
    return `r.c${String(at)}::${(columns[at] as PostgresColumn).typeSql}`;
  };
  const isKey = key.map((name) => `t.${quoteName(name)} = ${valueOf(name)}`).join(' AND ');
  const rest = columns.filter(({ name }) => !key.includes(name));
  switch (kind) {
    case 'delete':
      return `DELETE FROM ${table} AS t USING ${rows} WHERE ${isKey}`;
    case 'update': {
      // With nothing to set but the key, a statement that finds the rows all the same.
      const set = rest.length > 0 ? rest : columns;
      const values = set.map(({ name }) => `${quoteName(name)} = ${valueOf(name)}`).join(', ');
      return `UPDATE ${table} AS t SET ${values} FROM ${rows} WHERE ${isKey}`;
    }
    default: {
      const values = columns.map(({ name }) => valueOf(name)).join(', ');
      const set = rest.map(({ name }) => `${quoteName(name)} = EXCLUDED.${quoteName(name)}`).join(', ');
      const action = rest.length === 0 ? 'NOTHING' : `UPDATE SET ${set}`;
      return (
        `INSERT INTO ${table} (${listOf({ columns })}) OVERRIDING SYSTEM VALUE SELECT ${values} FROM ${rows} ` +
        `ON CONFLICT (${key.map(quoteName).join(', ')}) DO ${action}`
      );
    }
  }
}

/** The text of an array for each column: pg's own way to make them is slower. */
function arrays({ columns, rows }: Statement): string[] {
  return columns.map((_column, at) => {
    let text = '{';
    for (const row of rows) text += (text === '{' ? '' : ',') + elementText(row[at] ?? null);
    return `${text}}`;
  });
}

const elementText = (value: Sent): string => {
  if (value === null) return 'NULL';
  const text = String(value);
  return `"${text.includes('"') || text.includes('\\') ? text.replaceAll(/["\\]/g, '\\$&') : text}"`;
};
