import { fine, problem, warning, type Finding } from '../../../src/sdk/index.js';
import type { Mysql } from '../connect.js';
import { grant, isRefusal } from '../grant.js';
import { errnoOf, mysqlError } from '../mysql-error.js';
import { quoteName, quoteTable } from '../quote.js';
import { placeOf, type TablePlace } from '../table-place.js';
import type { Grants } from './grants.js';

/**
 * Which of the rights the user has not. The server is asked how it would do a statement that takes the right: it
 * answers only whoever may, and does nothing. Null where there is no such table.
 */
export async function lackingRights(
  mysql: Mysql,
  name: string,
  needed: readonly string[],
): Promise<readonly string[] | null> {
  const table = quoteTable(name);
  const column = await firstColumn(mysql, placeOf(name, mysql));
  const statements: Readonly<Record<string, string>> = {
    SELECT: `EXPLAIN SELECT 1 FROM ${table}`,
    INSERT: `EXPLAIN INSERT INTO ${table} VALUES ()`,
    UPDATE: `EXPLAIN UPDATE ${table} SET ${column} = DEFAULT`,
    DELETE: `EXPLAIN DELETE FROM ${table}`,
  };
  const lacking: string[] = [];
  for (const right of needed) {
    try {
      await mysql.rows(statements[right] ?? '');
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 1146) return null;
      if (isRefusal(error)) lacking.push(right);
      else if (errno === undefined) throw mysqlError(`cannot look at table ${name}`, error);
      // Any other answer is about the statement, which the user may ask for.
    }
  }
  return lacking;
}

/** A column that a statement can name; its table may be hidden from the user, and then any name will do. */
async function firstColumn(mysql: Mysql, { database, table }: TablePlace): Promise<string> {
  const [row] = await mysql.rows(
    'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = ? AND table_name = ? LIMIT 1',
    [database, table],
  );
  return quoteName(row === undefined ? 'id' : String(row.name));
}

/** `isMade`: where it is missing; whoever has no right on a table is not told whether it is. */
export function rightsFinding(
  mysql: Mysql,
  name: string,
  needed: readonly string[],
  lacking: readonly string[],
  isMade = false,
): Finding {
  const { user } = mysql.place;
  if (lacking.length === 0) return fine(`table ${name} is there; ${user} may ${needed.join(', ')}`);
  const { database, table } = placeOf(name, mysql);
  const granted = isMade && lacking.length === needed.length ? ['CREATE', ...lacking] : lacking;
  return problem(
    `user ${user} may not ${lacking.join(', ')} on table ${name}`,
    grant(mysql, granted.join(', '), `${quoteName(database)}.${quoteName(table)}`),
  );
}

/** Of a table that is not there and will be made. */
export function mayCreate(mysql: Mysql, name: string, what: string, grants: Grants): Finding {
  const place = placeOf(name, mysql);
  if (grants.has(['CREATE'], place))
    return fine(`${what} ${name} is not there yet; it is made when it is needed`);
  const told = `user ${mysql.place.user} may not make ${what} ${name}`;
  const hint = grant(mysql, 'CREATE', `${quoteName(place.database)}.*`);
  return grants.mayBeMore ? warning(`${told}, unless one of its roles lets it`, hint) : problem(told, hint);
}

export const missingTable = (table: string): Finding =>
  problem(
    `there is no table ${table}, or the user may not see it`,
    'check `table`: names are as in the database, of another database DATABASE.TABLE',
  );
