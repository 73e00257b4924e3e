import type { Table } from './tables.js';

/** Comments in front, as programs write them. */
const leading = /^(?:\s|\/\*[^]*?\*\/|--[^\n]*\n|#[^\n]*\n)+/;

/** Whether columns or names of tables may be others behind the statement. */
export const changesTables = (sql: string): boolean =>
  /^(ALTER|CREATE|DROP|RENAME|TRUNCATE)\b/i.test(sql.replace(leading, ''));

const part = '(?:`((?:[^`]|``)+)`|([\\p{L}\\p{N}_$]+))';
const truncate = new RegExp(`^TRUNCATE\\s+(?:TABLE\\s+)?${part}(?:\\s*\\.\\s*${part})?`, 'iu');

/** The table that a statement truncates, else null; `database` is the session's. */
export function truncatedTable(sql: string, database: string): Table | null {
  const found = truncate.exec(sql.replace(leading, ''));
  if (found === null) return null;
  const [first, second] = [nameIn(found[1], found[2]), nameIn(found[3], found[4])];
  if (first === null) return null;
  return second === null ? { database, name: first } : { database: first, name: second };
}

function nameIn(quoted: string | undefined, plain: string | undefined): string | null {
  if (quoted !== undefined) return quoted.replaceAll('``', '`');
  return plain ?? null;
}
