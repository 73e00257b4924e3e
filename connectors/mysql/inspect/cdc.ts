import {
  ConnectorError,
  fine,
  problem,
  warning,
  type Finding,
  type Findings,
  type InspectContext,
} from '../../../src/sdk/index.js';
import { told } from '../../sql/inspect/told.js';
import { serverChecks } from '../cdc/server.js';
import { beginAtSnapshot } from '../cdc/snapshot.js';
import type { CdcConfig } from '../cdc/spec.js';
import { findTables, nameOf, type Table } from '../cdc/tables.js';
import type { Mysql } from '../connect.js';
import { grant } from '../grant.js';
import { quoteName } from '../quote.js';
import { placeOf } from '../table-place.js';
import { connected } from './connected.js';
import { readGrants } from './grants.js';
import { lackingRights, rightsFinding } from './rights.js';

/** What capturing changes takes: of the server's binlog, of the user, and of the tables. */
export async function* inspectCdc(config: CdcConfig, context: InspectContext): Findings {
  yield* connected(config, context, (mysql) =>
    captureFindings(mysql, config.tables, config.snapshot === 'initial'),
  );
}

async function* captureFindings(mysql: Mysql, patterns: readonly string[], reads: boolean): Findings {
  for (const { error, otherwise } of await serverChecks(mysql)) yield told(error, otherwise);
  yield* await replicationFindings(mysql, reads);
  for (const pattern of patterns) yield* await capturedFindings(mysql, pattern, reads);
}

async function replicationFindings(mysql: Mysql, reads: boolean): Promise<readonly Finding[]> {
  const grants = await readGrants(mysql);
  const needed = [
    { right: 'REPLICATION SLAVE', same: ['REPLICATION SLAVE', 'REPLICATION REPLICA'] },
    { right: 'REPLICATION CLIENT', same: ['REPLICATION CLIENT', 'BINLOG MONITOR', 'SUPER'] },
    // Where the server does not tell the place of a moment, nobody may write while it is looked at.
    ...(reads && (await beginAtSnapshot(mysql)) === null
      ? [{ right: 'RELOAD', same: ['RELOAD', 'FLUSH_TABLES'] }]
      : []),
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
  let tables: readonly Table[];
  try {
    tables = await findTables([pattern], mysql);
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'not_found') throw error;
    return [await unseenFinding(mysql, pattern, error)];
  }
  const findings: Finding[] = [];
  for (const name of tables.map(nameOf)) {
    // A right on a table is what shows it, and what its columns are.
    const lacking = reads ? await lackingRights(mysql, name, ['SELECT']) : null;
    findings.push(
      lacking === null ? fine(`table ${name} is there`) : rightsFinding(mysql, name, ['SELECT'], lacking),
    );
  }
  return findings;
}

/** Of tables that the server does not show: they may be there all the same, and the user without a right on them. */
async function unseenFinding(mysql: Mysql, pattern: string, error: ConnectorError): Promise<Finding> {
  const { database, table } = placeOf(pattern, mysql);
  if (table === '*') return problem(error.message, grant(mysql, 'SELECT', `${quoteName(database)}.*`));
  const lacking = (await lackingRights(mysql, pattern, ['SELECT'])) ?? [];
  return lacking.length === 0 ? told(error, '') : rightsFinding(mysql, pattern, ['SELECT'], lacking);
}
