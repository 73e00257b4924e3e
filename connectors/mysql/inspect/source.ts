import {
  fine,
  problem,
  warning,
  type Finding,
  type Findings,
  type InspectContext,
} from '../../../src/sdk/index.js';
import { orderOf } from '../../sql/polling/order.js';
import type { Mysql } from '../connect.js';
import { openReader } from '../polling/reader.js';
import { pollingOf, type SourceConfig } from '../spec.js';
import { connected, hurried } from './connected.js';
import { readGrants } from './grants.js';
import { grantee, lackingRights, placeOf, rightsFinding } from './rights.js';

export async function* inspectSource(config: SourceConfig, context: InspectContext): Findings {
  const inTime = hurried(config, context);
  yield* connected(inTime, context, async function* (mysql) {
    const polling = pollingOf(inTime);
    if (polling === null) {
      yield* inspectCdc(mysql, inTime.tables ?? [], inTime.snapshot === 'initial');
      return;
    }
    const { table } = polling;
    if (polling.mode !== 'query' && table !== undefined) {
      const lacking = await lackingRights(mysql, table, ['SELECT']);
      yield lacking === null ? missing(table) : rightsFinding(mysql, table, ['SELECT'], lacking);
      if (lacking?.length !== 0) return;
    }
    const reader = await openReader(polling, context);
    try {
      const order = orderOf(polling, await reader.shape());
      yield fine(`${table ?? 'the query'} can be read by ${order.join(', ')}`);
    } catch (error) {
      throw reader.error(`cannot read ${table ?? 'the query'}`, error);
    } finally {
      reader.drop();
    }
  });
}

const missing = (table: string): Finding =>
  problem(
    `there is no table ${table}, or the user may not see it`,
    'check `table`: names are as in the database, of another database DATABASE.TABLE',
  );

/** What capturing changes takes: of the server's binlog, of the user, and of the tables. */
async function* inspectCdc(mysql: Mysql, patterns: readonly string[], reads: boolean): Findings {
  const [row] = await mysql.rows(
    'SELECT @@log_bin AS log, @@binlog_format AS format, @@binlog_row_image AS image',
  );
  if (String(row?.log) !== '1')
    yield problem(
      'the server writes no binlog, and cdc reads that',
      'in its configuration: log_bin = binlog, binlog_format = ROW, server_id = 1; then restart it',
    );
  else yield* [setting('binlog_format', row?.format, 'ROW'), setting('binlog_row_image', row?.image, 'FULL')];
  yield* await replicationFindings(mysql);
  for (const pattern of patterns) yield* await capturedFindings(mysql, pattern, reads);
}

function setting(name: string, value: unknown, needed: string): Finding {
  if (value === needed) return fine(`${name} is ${needed}`);
  return problem(
    `${name} of the server is ${String(value)}, and cdc needs ${needed}`,
    `SET GLOBAL ${name} = ${needed}; and the same in its configuration`,
  );
}

async function replicationFindings(mysql: Mysql): Promise<readonly Finding[]> {
  const grants = await readGrants(mysql);
  const needed = [
    { right: 'REPLICATION SLAVE', same: ['REPLICATION SLAVE', 'REPLICATION REPLICA'] },
    { right: 'REPLICATION CLIENT', same: ['REPLICATION CLIENT', 'BINLOG MONITOR', 'SUPER'] },
  ];
  return needed.map(({ right, same }) => {
    const { user } = mysql.place;
    if (grants.has(same)) return fine(`user ${user} has ${right}`);
    const hint = `GRANT ${right} ON *.* TO ${grantee(mysql)};`;
    return grants.mayBeMore
      ? warning(`user ${user} has not ${right}, unless one of its roles has`, hint)
      : problem(`user ${user} has not ${right}`, hint);
  });
}

async function capturedFindings(mysql: Mysql, pattern: string, reads: boolean): Promise<readonly Finding[]> {
  const { database, table } = placeOf(pattern, mysql);
  const rows = await mysql.rows(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND table_schema = ? AND (? = '*' OR table_name = ?)`,
    [database, table, table],
  );
  if (rows.length === 0) return [missing(`${database}.${table}`)];
  const findings: Finding[] = [];
  for (const row of rows) {
    const name = `${database}.${String(row.name)}`;
    const lacking = reads ? await lackingRights(mysql, name, ['SELECT']) : [];
    findings.push(
      lacking === null ? missing(name) : rightsFinding(mysql, name, reads ? ['SELECT'] : [], lacking),
    );
  }
  return findings;
}
