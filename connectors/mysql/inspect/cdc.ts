import {
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
import { findTables, nameOf } from '../cdc/tables.js';
import type { Mysql } from '../connect.js';
import { grant } from '../grant.js';
import { connected } from './connected.js';
import { readGrants } from './grants.js';
import { lackingRights, missingTable, rightsFinding } from './rights.js';

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
    ...(reads && (await beginAtSnapshot(mysql)) === null ? [{ right: 'RELOAD', same: ['RELOAD'] }] : []),
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
  const tables = await findTables([pattern], mysql);
  const findings: Finding[] = [];
  for (const name of tables.map(nameOf)) {
    const lacking = reads ? await lackingRights(mysql, name, ['SELECT']) : [];
    findings.push(
      lacking === null ? missingTable(name) : rightsFinding(mysql, name, reads ? ['SELECT'] : [], lacking),
    );
  }
  return findings;
}
