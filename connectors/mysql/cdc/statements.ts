import type { Table } from './tables.js';

/** Comments in front, as programs write them. */
const leading = /^(?:\s|\/\*[^]*?\*\/|--[^\n]*\n|#[^\n]*\n)+/;
const bare = (sql: string): string => sql.replace(leading, '');

/** Whether columns or names of tables may be others behind the statement. */
export const changesTables = (sql: string): boolean =>
  /^(ALTER|CREATE|DROP|RENAME|TRUNCATE)\b/i.test(bare(sql));

/** A name in quotes or plain, twice where there is a database. */
const part = '(?:`((?:[^`]|``)+)`|([\\p{L}\\p{N}_$]+))';
const table = `${part}(?:\\s*\\.\\s*${part})?`;
const truncate = new RegExp(`^TRUNCATE\\s+(?:TABLE\\s+)?${table}`, 'iu');
const how = '(?:\\s+(?:LOW_PRIORITY|HIGH_PRIORITY|DELAYED|CONCURRENT|LOCAL|QUICK|IGNORE))*';
const writing = [
  new RegExp(`^(?:INSERT|REPLACE)\\b${how}(?:\\s+INTO\\b)?\\s*${table}`, 'iu'),
  new RegExp(`^UPDATE\\b${how}\\s*${table}`, 'iu'),
  new RegExp(`^DELETE\\b${how}\\s+FROM\\b\\s*${table}`, 'iu'),
  new RegExp(`^LOAD\\s+DATA\\b[^]*?\\bINTO\\s+TABLE\\b\\s*${table}`, 'iu'),
];

/** The table that a statement truncates, else null; `database` is the session's. */
export const truncatedTable = (sql: string, database: string): Table | null =>
  tableIn(truncate.exec(bare(sql)), database);

/** The table whose rows a statement changes: in a log of rows there is none such, but sessions may write their own way. */
export function writtenTable(sql: string, database: string): Table | null {
  const text = bare(sql);
  for (const pattern of writing) {
    const found = pattern.exec(text);
    if (found !== null) return tableIn(found, database);
  }
  return null;
}

function tableIn(found: RegExpExecArray | null, database: string): Table | null {
  if (found === null) return null;
  const [first, second] = [nameIn(found[1], found[2]), nameIn(found[3], found[4])];
  if (first === null) return null;
  return second === null ? { database, name: first } : { database: first, name: second };
}

function nameIn(quoted: string | undefined, plain: string | undefined): string | null {
  if (quoted !== undefined) return quoted.replaceAll('``', '`');
  return plain ?? null;
}
