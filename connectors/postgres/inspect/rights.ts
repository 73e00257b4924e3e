import type { Client } from 'pg';
import { fine, problem, type Finding } from '../../../src/sdk/index.js';
import { partsOfName } from '../../sql/qualified-name.js';
import { grant } from '../grant.js';
import { quoteName, quoteTable } from '../quote.js';
import { rowsOf } from './connected.js';

export interface TableRights {
  readonly schema: string;
  readonly mayUseSchema: boolean;
  readonly rights: ReadonlySet<string>;
  readonly isOwner: boolean;
}

/** Null where there is none. A table in a schema that the user may not use is found all the same. */
export async function tableRights(client: Client, table: string): Promise<TableRights | null> {
  const { schema, table: name } = partsOfName(table);
  const [row] = await rowsOf(
    client,
    `SELECT n.nspname AS schema, has_schema_privilege(n.oid, 'USAGE') AS usage, pg_has_role(c.relowner, 'USAGE') AS owner,
            concat_ws(' ', ${['SELECT', 'INSERT', 'UPDATE', 'DELETE']
              .map((right) => `CASE WHEN has_table_privilege(c.oid, '${right}') THEN '${right}' END`)
              .join(', ')}) AS rights
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
       AND (n.nspname = $2 OR ($2::text IS NULL AND (n.nspname = ANY (current_schemas(true)) OR n.nspname = 'public')))
     ORDER BY array_position(current_schemas(true), n.nspname) LIMIT 1`,
    [name, schema],
  );
  if (row === undefined) return null;
  return {
    schema: row.schema ?? '',
    mayUseSchema: row.usage === 't',
    rights: new Set((row.rights ?? '').split(' ').filter((right) => right !== '')),
    isOwner: row.owner === 't',
  };
}

export function rightsFindings(
  client: Client,
  table: string,
  { schema, mayUseSchema, rights }: TableRights,
  needed: readonly string[],
): readonly Finding[] {
  const user = client.user ?? '';
  const findings: Finding[] = [];
  if (!mayUseSchema)
    findings.push(
      problem(
        `user ${user} may not use schema ${schema}`,
        grant(client, 'USAGE', `SCHEMA ${quoteName(schema)}`),
      ),
    );
  const lacking = needed.filter((right) => !rights.has(right));
  if (lacking.length > 0)
    findings.push(
      problem(
        `user ${user} may not ${lacking.join(', ')} on table ${table}`,
        grant(client, lacking.join(', '), quoteTable(table)),
      ),
    );
  return findings.length > 0 ? findings : [fine(`table ${table} is there; ${user} may ${needed.join(', ')}`)];
}

/** Of a table that is not there and will be made. */
export async function mayCreate(client: Client, table: string, what: string): Promise<readonly Finding[]> {
  const { schema } = partsOfName(table);
  const [row] = await rowsOf(
    client,
    `SELECT n.nspname AS schema, has_schema_privilege(n.oid, 'CREATE') AS may FROM pg_catalog.pg_namespace n
     WHERE n.nspname = coalesce($1, current_schema())`,
    [schema],
  );
  if (row === undefined)
    return [
      problem(
        `there is no schema for ${what} ${table}`,
        schema === null ? 'set search_path of the user' : `CREATE SCHEMA ${quoteName(schema)};`,
      ),
    ];
  if (row.may === 't') return [fine(`${what} ${table} is not there yet; it is made when it is needed`)];
  return [
    problem(
      `user ${client.user ?? ''} may not make ${what} ${table} in schema ${row.schema ?? ''}`,
      grant(client, 'CREATE', `SCHEMA ${quoteName(row.schema ?? '')}`),
    ),
  ];
}
