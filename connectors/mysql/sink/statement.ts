import { ConnectorError } from '../../../src/sdk/index.js';
import type { Sent } from '../../sql/sink/sent.js';
import type { PackedStatement, Statement } from '../../sql/sink/session.js';
import type { Mysql } from '../connect.js';
import { quoteName, quoteTable } from '../quote.js';
import { literal, mostCharacters } from './encode.js';
import { indexName, type MysqlTable } from './table.js';

/** Runs a statement, in parts where it is long. */
export async function runStatement(mysql: Mysql, statement: Statement): Promise<void> {
  const table = quoteTable(statement.table.name);
  switch (statement.kind) {
    case 'truncate':
      // TRUNCATE would end the transaction.
      await mysql.run(`DELETE FROM ${table}`);
      return;
    case 'insert':
    case 'upsert': {
      const [start, end] = aroundRows(statement);
      await runParts(mysql, start, rowTexts(statement), end);
      return;
    }
    case 'delete': {
      const names = statement.columns.map(({ name }) => quoteName(name)).join(', ');
      await runParts(mysql, `DELETE FROM ${table} WHERE (${names}) IN (`, rowTexts(statement), ')');
      return;
    }
    case 'update': {
      const updates = statement.rows.map((row) => updateText(table, statement, row));
      await runParts(mysql, '', updates, '', '; ');
    }
  }
}

/** What stands before and behind the rows of an insert or an upsert. */
function aroundRows(statement: Pick<Statement, 'kind' | 'table' | 'columns' | 'key'>): [string, string] {
  const { kind, table, columns } = statement;
  if (kind === 'upsert') assertUnique(statement);
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  const start = `INSERT INTO ${quoteTable(table.name)} (${names}) VALUES `;
  return [start, kind === 'upsert' ? onDuplicate(statement) : ''];
}

export async function runPacked(mysql: Mysql, statement: PackedStatement): Promise<void> {
  const [start, end] = aroundRows(statement);
  await mysql.run(start + statement.rows.toString() + end);
}

async function runParts(
  mysql: Mysql,
  start: string,
  parts: readonly string[],
  end: string,
  separator = ', ',
): Promise<void> {
  let text = '';
  for (const part of parts) {
    if (text !== '' && text.length + part.length > mostCharacters) {
      await mysql.run(start + text + end);
      text = '';
    }
    text += text === '' ? part : separator + part;
  }
  if (text !== '') await mysql.run(start + text + end);
}

export const rowTexts = ({ rows }: Pick<Statement, 'rows'>): string[] =>
  rows.map((row) => `(${row.map(literal).join(', ')})`);

/** With nothing to set but the key, something that changes nothing. */
function onDuplicate({ columns, key }: Pick<Statement, 'columns' | 'key'>): string {
  const rest = columns.filter(({ name }) => !key.includes(name));
  const set = rest.length > 0 ? rest : columns.slice(0, 1);
  const values = set.map(({ name }) => `${quoteName(name)} = VALUES(${quoteName(name)})`);
  return ` ON DUPLICATE KEY UPDATE ${values.join(', ')}`;
}

/** Without an index every upsert would silently be an insert. */
function assertUnique({ table, key }: Pick<Statement, 'table' | 'key'>): void {
  if ((table as MysqlTable).uniques.has(indexName(key))) return;
  throw new ConnectorError('config', `table ${table.name} has no unique index on (${key.join(', ')})`, {
    hint: `mode: upsert needs it: CREATE UNIQUE INDEX ${key.join('_')}_key ON ${table.name} (${key.join(', ')});`,
  });
}

function updateText(table: string, { columns, key }: Statement, row: readonly Sent[]): string {
  const terms = columns.map(({ name }, at) => ({
    name,
    text: `${quoteName(name)} = ${literal(row[at] ?? null)}`,
  }));
  const rest = terms.filter(({ name }) => !key.includes(name));
  const set = (rest.length > 0 ? rest : terms).map(({ text }) => text).join(', ');
  const where = terms.filter(({ name }) => key.includes(name)).map(({ text }) => text);
  return `UPDATE ${table} SET ${set} WHERE ${where.join(' AND ')}`;
}
