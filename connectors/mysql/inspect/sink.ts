import { fine, problem, warning, type Findings, type SinkInspectContext } from '../../../src/sdk/index.js';
import type { SqlSinkConfig } from '../../sql/sink/spec.js';
import { tablesByTopic } from '../../sql/inspect/tables-by-topic.js';
import type { Mysql } from '../connect.js';
import { grant } from '../grant.js';
import { quoteName, quoteTable } from '../quote.js';
import { indexName, readTable } from '../sink/table.js';
import { connected } from './connected.js';
import { readGrants, type Grants } from './grants.js';
import { lackingRights, mayCreate, placeOf, rightsFinding } from './rights.js';

const allRights = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

export async function* inspectSink(config: SqlSinkConfig, context: SinkInspectContext): Findings {
  yield* connected(config, context, async function* (mysql) {
    const [state] = await mysql.rows('SELECT @@read_only AS ro');
    if (String(state?.ro) !== '0')
      yield warning('the server is read-only but for some users', 'is it a replica? name the primary in url');
    const grants = await readGrants(mysql);
    const tables = tablesByTopic(config.table, context.topics);
    if (tables === null)
      yield warning(`the records decide the table (${config.table}): rights on it are not looked at`);
    for (const table of tables ?? []) yield* inspectTarget(mysql, table, config, grants);
    if (context.delivery !== 'exactly_once') return;
    const { offsets_table: offsets } = config;
    const lacking = await lackingRights(mysql, offsets, allRights);
    yield lacking === null
      ? mayCreate(mysql, offsets, 'the table of offsets', grants)
      : rightsFinding(mysql, offsets, allRights, lacking, true);
  });
}

async function* inspectTarget(mysql: Mysql, table: string, config: SqlSinkConfig, grants: Grants): Findings {
  const needed = [
    'SELECT',
    ...(config.mode === 'update' ? [] : ['INSERT']),
    ...(config.mode === 'insert' ? [] : ['UPDATE']),
    ...(config.nulls === 'delete' ? ['DELETE'] : []),
  ];
  const lacking = await lackingRights(mysql, table, needed);
  if (lacking === null) {
    yield config.create_table
      ? mayCreate(mysql, table, 'the table', grants)
      : problem(
          `there is no table ${table}`,
          'make it, or set create_table: true to have it made of the records',
        );
    return;
  }
  yield rightsFinding(mysql, table, needed, lacking, config.create_table);
  if (config.add_columns && !grants.has(['ALTER'], placeOf(table, mysql)) && !grants.mayBeMore)
    yield problem(
      `user ${mysql.place.user} may not ALTER table ${table}, and add_columns: true does`,
      grant(mysql, 'ALTER', quoteTable(table)),
    );
  // Throws where its engine has no transactions.
  const its = await readTable(mysql, table);
  if (its === null || config.mode === 'insert') return;
  const key = config.key.length > 0 ? config.key : its.key;
  if (key.length === 0)
    yield warning(
      `table ${table} has no primary key: rows are told apart by the key of the records’ schema`,
      'name the columns: key: [id]',
    );
  else if (config.mode === 'upsert' && !its.uniques.has(indexName(key)))
    yield problem(
      `table ${table} has no unique index on ${key.join(', ')}, which mode: upsert goes by`,
      `ALTER TABLE ${quoteTable(table)} ADD UNIQUE (${key.map(quoteName).join(', ')});`,
    );
  else yield fine(`rows of table ${table} are told apart by ${key.join(', ')}`);
}
