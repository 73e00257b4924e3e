import {
  fine,
  problem,
  warning,
  type Finding,
  type Findings,
  type InspectContext,
} from '../../../src/sdk/index.js';
import type { CdcConfig } from '../cdc/spec.js';
import type { Mysql } from '../connect.js';
import { grant } from '../grant.js';
import { connected } from './connected.js';
import { readGrants } from './grants.js';
import { lackingRights, missingTable, placeOf, rightsFinding } from './rights.js';

/** What capturing changes takes: of the server's binlog, of the user, and of the tables. */
export async function* inspectCdc(config: CdcConfig, context: InspectContext): Findings {
  yield* connected(config, context, (mysql) =>
    captureFindings(mysql, config.tables, config.snapshot === 'initial'),
  );
}

async function* captureFindings(mysql: Mysql, patterns: readonly string[], reads: boolean): Findings {
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
    const hint = grant(mysql, right, '*.*');
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
  if (rows.length === 0) return [missingTable(`${database}.${table}`)];
  const findings: Finding[] = [];
  for (const row of rows) {
    const name = `${database}.${String(row.name)}`;
    const lacking = reads ? await lackingRights(mysql, name, ['SELECT']) : [];
    findings.push(
      lacking === null ? missingTable(name) : rightsFinding(mysql, name, reads ? ['SELECT'] : [], lacking),
    );
  }
  return findings;
}
