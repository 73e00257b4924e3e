import { ConnectorError } from '../../../src/sdk/index.js';
import type { Column, Sent, Statement } from '../../sql/sink/session.js';
import type { Mysql } from '../connect.js';
import { quoteName, quoteTable } from '../quote.js';
import { literal } from './encode.js';
import { indexName, type MysqlTable } from './table.js';

/** A server takes 16 MiB at a time, or what its max_allowed_packet says. */
const mostCharacters = 1024 * 1024;

/** Runs a statement, in parts where it is long. */
export async function runStatement(mysql: Mysql, statement: Statement): Promise<void> {
  const table = quoteTable(statement.table.name);
  switch (statement.kind) {
    case 'truncate':
      // TRUNCATE would end the transaction.
      await mysql.run(`DELETE FROM ${table}`);
      return;
    case 'insert':
      await runParts(mysql, insertInto(table, statement.columns), rowTexts(statement), '');
      return;
    case 'upsert':
      assertUnique(statement);
      await runParts(
        mysql,
        insertInto(table, statement.columns),
        rowTexts(statement),
        onDuplicate(statement),
      );
      return;
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

const insertInto = (table: string, columns: readonly Column[]): string =>
  `INSERT INTO ${table} (${columns.map(({ name }) => quoteName(name)).join(', ')}) VALUES `;

const rowTexts = ({ rows }: Statement): string[] => rows.map((row) => `(${row.map(literal).join(', ')})`);

/** With nothing to set but the key, something that changes nothing. */
function onDuplicate({ columns, key }: Statement): string {
  const rest = columns.filter(({ name }) => !key.includes(name));
  const set = rest.length > 0 ? rest : columns.slice(0, 1);
  const values = set.map(({ name }) => `${quoteName(name)} = VALUES(${quoteName(name)})`);
  return ` ON DUPLICATE KEY UPDATE ${values.join(', ')}`;
}

/** Without an index every upsert would silently be an insert. */
function assertUnique({ table, key }: Statement): void {
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
