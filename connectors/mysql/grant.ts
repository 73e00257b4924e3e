import type { Mysql } from './connect.js';
import { errnoOf } from './mysql-error.js';
import { quoteName } from './quote.js';
import { placeOf } from './table-place.js';

/** The user who asks; of which hosts it is one, the server knows. */
export const grantee = ({ place }: Mysql): string => quoteName(place.user);

/** The statement that gives it rights on what is named in SQL. */
export const grant = (mysql: Mysql, rights: string, on: string): string =>
  `GRANT ${rights} ON ${on} TO ${grantee(mysql)};`;

/** The same, where a right is what was missing. */
export const grantHint = (mysql: Mysql, error: unknown, rights: string, on: string): string | undefined =>
  isRefusal(error) ? grant(mysql, rights, on) : undefined;

/** The same of a table, which is named with its database or without. */
export const tableGrantHint = (
  mysql: Mysql,
  error: unknown,
  rights: string,
  table: string,
): string | undefined => {
  const { database, table: name } = placeOf(table, mysql);
  return grantHint(mysql, error, rights, `${quoteName(database)}.${quoteName(name)}`);
};

/** Whether a right is missing: on a database, a table, its columns, or on the server. */
export const isRefusal = (error: unknown): boolean => refusals.has(errnoOf(error) ?? 0);

const refusals: ReadonlySet<number> = new Set([1044, 1142, 1143, 1227]);
