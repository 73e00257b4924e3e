import type { Client } from 'pg';
import { ConnectorError } from '../../../src/sdk/index.js';
import { postgresError } from '../postgres-error.js';
import { quoteName, quoteText } from '../quote.js';
import { nameOf, queryText, sqlNameOf, type Table } from './tables.js';

/** What a publication of `tables` is, and lacks. */
export interface Publication {
  readonly isThere: boolean;
  /** Those of the tables that it does not publish. */
  readonly missing: readonly Table[];
  /** It is one that a person has named, and does not do. */
  readonly error: ConnectorError | null;
  /** What makes it, or has it publish just these tables; null: it does, or is not ours to change. */
  readonly change: string | null;
}

export const createSql = (publication: string, tables: readonly Table[]): string =>
  `CREATE PUBLICATION ${quoteName(publication)} FOR TABLE ${namesOf(tables)} WITH (publish_via_partition_root = true)`;

const namesOf = (tables: readonly Table[]): string => tables.map(sqlNameOf).join(', ');

/** `own`: it is named after the slot; one that a person has named is taken as it is. */
export async function findPublication(
  client: Client,
  publication: string,
  tables: readonly Table[],
  own: boolean,
): Promise<Publication> {
  const query = queryText(client);
  const known = await query(
    `SELECT 1 AS there FROM pg_catalog.pg_publication WHERE pubname = ${quoteText(publication)}`,
  );
  if (known.length === 0) {
    const create = createSql(publication, tables);
    const absent = `there is no publication ${publication}`;
    const error = own ? null : new ConnectorError('not_found', absent, { hint: `${create};` });
    return { isThere: false, missing: tables, error, change: own ? create : null };
  }
  const published = await query(`
    SELECT schemaname AS schema, tablename AS name FROM pg_catalog.pg_publication_tables
    WHERE pubname = ${quoteText(publication)}`);
  const there = new Set(published.map(({ schema, name }) => `${schema ?? ''}.${name ?? ''}`));
  const missing = tables.filter((table) => !there.has(nameOf(table)));
  const alter = `ALTER PUBLICATION ${quoteName(publication)}`;
  if (own) {
    const isSame = missing.length === 0 && there.size === tables.length;
    const change = isSame ? null : `${alter} SET TABLE ${namesOf(tables)}`;
    return { isThere: true, missing, error: null, change };
  }
  if (missing.length === 0) return { isThere: true, missing, error: null, change: null };
  const lacks = `publication ${publication} does not publish ${missing.map(nameOf).join(', ')}`;
  const error = new ConnectorError('config', lacks, { hint: `${alter} ADD TABLE ${namesOf(missing)};` });
  return { isThere: true, missing, error, change: null };
}

/** Makes it, or has it publish just these tables, where it is ours. Resolves with those it did not publish. */
export async function ensurePublication(
  client: Client,
  publication: string,
  tables: readonly Table[],
  own: boolean,
): Promise<readonly Table[]> {
  const found = await findPublication(client, publication, tables, own);
  if (found.error !== null) throw found.error;
  await bringUpToDate(client, publication, found);
  return found.missing;
}

export async function bringUpToDate(
  client: Client,
  publication: string,
  { isThere, change }: Publication,
): Promise<void> {
  if (change === null) return;
  await client.query(change).catch((cause: unknown) => {
    throw isThere
      ? postgresError(`cannot change publication ${publication}`, cause, `as its owner: ${change};`)
      : postgresError(
          `cannot make publication ${publication}`,
          cause,
          `as the owner of the tables: ${change};`,
        );
  });
}
