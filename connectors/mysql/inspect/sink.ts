import { fine, problem, warning, type Findings } from '../../../src/sdk/index.js';
import { absentTable, allRights, neededRights, noKey, sinkInspection } from '../../sql/inspect/sink.js';
import type { SqlSinkConfig } from '../../sql/sink/spec.js';
import type { Mysql } from '../connect.js';
import { grant } from '../grant.js';
import { quoteName, quoteTable } from '../quote.js';
import { indexName, readTable } from '../sink/table.js';
import { placeOf } from '../table-place.js';
import { connected } from './connected.js';
import { readGrants } from './grants.js';
import { lackingRights, mayCreate, rightsFinding } from './rights.js';

export const inspectSink = sinkInspection({
  connected,
  server: async (mysql: Mysql) => {
    const [state] = await mysql.rows('SELECT @@read_only AS ro');
    return String(state?.ro) === '0'
      ? []
      : [warning('the server is read-only but for some users', 'is it a replica? name the primary in url')];
  },
  table: inspectTable,
  offsets: async (mysql, table) => {
    const lacking = await lackingRights(mysql, table, allRights);
    return [
      lacking === null
        ? mayCreate(mysql, table, 'the table of offsets', await readGrants(mysql))
        : rightsFinding(mysql, table, allRights, lacking, true),
    ];
  },
});

async function* inspectTable(mysql: Mysql, table: string, config: SqlSinkConfig): Findings {
  const needed = neededRights(config);
  const grants = await readGrants(mysql);
  const lacking = await lackingRights(mysql, table, needed);
  if (lacking === null) {
    yield config.create_table ? mayCreate(mysql, table, 'the table', grants) : absentTable(table);
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
  if (key.length === 0) yield noKey(table);
  else if (config.mode === 'upsert' && !its.uniques.has(indexName(key)))
    yield problem(
      `table ${table} has no unique index on ${key.join(', ')}, which mode: upsert goes by`,
      `ALTER TABLE ${quoteTable(table)} ADD UNIQUE (${key.map(quoteName).join(', ')});`,
    );
  else yield fine(`rows of table ${table} are told apart by ${key.join(', ')}`);
}
