import type { Client } from 'pg';
import { fine, problem, type Finding, type Findings } from '../../../src/sdk/index.js';
import { absentTable, allRights, neededRights, noKey, sinkInspection } from '../../sql/inspect/sink.js';
import type { SqlSinkConfig } from '../../sql/sink/spec.js';
import { grantee } from '../grant.js';
import { quoteName, quoteTable } from '../quote.js';
import { readTable } from '../sink/table.js';
import { connected, rowsOf } from './connected.js';
import { mayCreate, rightsFindings, tableRights } from './rights.js';

export const inspectSink = sinkInspection({
  connected,
  server: takesWrites,
  table: inspectTable,
  offsets: async (client, table) => {
    const rights = await tableRights(client, table);
    return rights === null
      ? mayCreate(client, table, 'the table of offsets')
      : rightsFindings(client, table, rights, allRights);
  },
});

async function takesWrites(client: Client): Promise<readonly Finding[]> {
  const [state] = await rowsOf(
    client,
    `SELECT current_setting('transaction_read_only') AS ro, pg_is_in_recovery() AS standby`,
  );
  if (state?.ro !== 'on') return [];
  return [
    state.standby === 't'
      ? problem('the server is a standby and takes no writes', 'name the primary in url')
      : problem(
          'the session is read-only',
          `ALTER ROLE ${grantee(client)} SET default_transaction_read_only = off;`,
        ),
  ];
}

async function* inspectTable(client: Client, table: string, config: SqlSinkConfig): Findings {
  const found = await tableRights(client, table);
  if (found === null) {
    if (config.create_table) yield* await mayCreate(client, table, 'the table');
    else yield absentTable(table);
    return;
  }
  yield* rightsFindings(client, table, found, neededRights(config));
  if (config.add_columns && !found.isOwner)
    yield problem(
      `user ${client.user ?? ''} does not own table ${table}, and add_columns: true alters it`,
      `ALTER TABLE ${quoteTable(table)} OWNER TO ${grantee(client)};`,
    );
  if (config.mode !== 'insert') yield* inspectKey(client, table, config);
}

/** What `upsert` and `update` tell rows apart by. */
async function* inspectKey(client: Client, table: string, config: SqlSinkConfig): Findings {
  const its = await readTable(client, table);
  const key = config.key.length > 0 ? config.key : (its?.key ?? []);
  if (key.length === 0) {
    yield noKey(table);
    return;
  }
  const absent = key.filter((name) => its?.columns.has(name) !== true);
  if (absent.length > 0) {
    yield problem(`table ${table} has no column ${absent.join(', ')}, which key names`, 'correct key');
    return;
  }
  if (config.mode === 'update') return;
  const unique = await rowsOf(
    client,
    `SELECT 1 AS there FROM pg_catalog.pg_index i WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indpred IS NULL
       AND ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) k JOIN pg_catalog.pg_attribute a
                 ON a.attrelid = i.indrelid AND a.attnum = k ORDER BY 1) = (SELECT array_agg(n ORDER BY n) FROM unnest($2::text[]) n)`,
    [quoteTable(table), key],
  );
  if (unique.length > 0) yield fine(`table ${table} has a unique index on ${key.join(', ')}`);
  else
    yield problem(
      `table ${table} has no unique index on ${key.join(', ')}, which mode: upsert goes by`,
      `CREATE UNIQUE INDEX ON ${quoteTable(table)} (${key.map(quoteName).join(', ')});`,
    );
}
