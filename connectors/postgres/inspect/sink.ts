import type { Client } from 'pg';
import { fine, problem, warning, type Findings, type SinkInspectContext } from '../../../src/sdk/index.js';
import type { SqlSinkConfig } from '../../sql/sink/spec.js';
import { tablesByTopic } from '../../sql/inspect/tables-by-topic.js';
import { grantee } from '../grant.js';
import { quoteName, quoteTable } from '../quote.js';
import { readTable } from '../sink/table.js';
import { connected, rowsOf } from './connected.js';
import { mayCreate, rightsFindings, tableRights } from './rights.js';

export async function* inspectSink(config: SqlSinkConfig, context: SinkInspectContext): Findings {
  yield* connected({ ...config, baseDir: context.baseDir }, context, async function* (client) {
    const [state] = await rowsOf(
      client,
      `SELECT current_setting('transaction_read_only') AS ro, pg_is_in_recovery() AS standby`,
    );
    if (state?.ro === 'on') {
      yield problem(
        state.standby === 't' ? 'the server is a standby and takes no writes' : 'the session is read-only',
        state.standby === 't'
          ? 'name the primary in url'
          : `ALTER ROLE ${grantee(client)} SET default_transaction_read_only = off;`,
      );
    }
    const tables = tablesByTopic(config.table, context.topics);
    if (tables === null)
      yield warning(`the records decide the table (${config.table}): rights on it are not looked at`);
    for (const table of tables ?? []) yield* inspectTarget(client, table, config);
    if (context.delivery !== 'exactly_once') return;
    const offsets = await tableRights(client, config.offsets_table);
    yield* offsets === null
      ? await mayCreate(client, config.offsets_table, 'the table of offsets')
      : rightsFindings(client, config.offsets_table, offsets, ['SELECT', 'INSERT', 'UPDATE', 'DELETE']);
  });
}

async function* inspectTarget(client: Client, table: string, config: SqlSinkConfig): Findings {
  const found = await tableRights(client, table);
  if (found === null) {
    if (config.create_table) yield* await mayCreate(client, table, 'the table');
    else
      yield problem(
        `there is no table ${table}`,
        'make it, or set create_table: true to have it made of the records',
      );
    return;
  }
  yield* rightsFindings(client, table, found, [
    'SELECT',
    ...(config.mode === 'update' ? [] : ['INSERT']),
    ...(config.mode === 'insert' ? [] : ['UPDATE']),
    ...(config.nulls === 'delete' ? ['DELETE'] : []),
  ]);
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
    yield warning(
      `table ${table} has no primary key: rows are told apart by the key of the records’ schema`,
      'name the columns: key: [id]',
    );
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
