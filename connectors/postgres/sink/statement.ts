import type { Client } from 'pg';
import { finished } from 'node:stream/promises';
import type { Sent, Statement } from '../../sql/sink/session.js';
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
      await copyIn(client, `COPY ${table} (${listOf(statement)}) FROM STDIN`, statement.rows);
      return;
    default:
      await client.query(sqlOf(statement, table), arrays(statement));
  }
}

async function copyIn(client: Client, sql: string, rows: Statement['rows']): Promise<void> {
  const { from } = await import('pg-copy-streams');
  const stream = client.query(from(sql));
  const done = finished(stream);
  stream.end(Buffer.from(copyText(rows)));
  await done;
}

const listOf = ({ columns }: Statement): string => columns.map(({ name }) => quoteName(name)).join(', ');

function sqlOf(statement: Statement, table: string): string {
  const { kind, columns, key } = statement;
  const rows = `unnest(${columns.map((_column, at) => `$${String(at + 1)}::text[]`).join(', ')}) AS r(${columns.map((_column, at) => `c${String(at)}`).join(', ')})`;
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
        `INSERT INTO ${table} (${listOf(statement)}) OVERRIDING SYSTEM VALUE SELECT ${values} FROM ${rows} ` +
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
