import type { Client } from 'pg';
import { sqlState } from './postgres-error.js';
import { quoteName } from './quote.js';

/** The user who asks. */
export const grantee = ({ user }: Client): string => quoteName(user ?? '');

/** The statement that gives it rights on what is named in SQL. */
export const grant = (client: Client, rights: string, on: string): string =>
  `GRANT ${rights} ON ${on} TO ${grantee(client)};`;

/** The same, where a right is what was missing. */
export const grantHint = (client: Client, error: unknown, rights: string, on: string): string | undefined =>
  sqlState(error) === '42501' ? grant(client, rights, on) : undefined;
