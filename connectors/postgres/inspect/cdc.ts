import type { Client } from 'pg';
import {
  fine,
  problem,
  warning,
  type Finding,
  type Findings,
  type InspectContext,
} from '../../../src/sdk/index.js';
import { told } from '../../sql/inspect/told.js';
import { createSql, findPublication } from '../cdc/publication.js';
import { serverChecks } from '../cdc/server.js';
import { findSlot, foreignSlot, noSlotLeft } from '../cdc/slot.js';
import { slotOf, type CdcConfig } from '../cdc/spec.js';
import { findTables, nameOf, queryText, sqlNameOf, type Table } from '../cdc/tables.js';
import { grant, grantee } from '../grant.js';
import { quoteName } from '../quote.js';
import { connected, rowsOf } from './connected.js';
import { rightsFindings, tableRights } from './rights.js';

/** What capturing changes takes: of the server, of the slot, of the tables and of the publication. */
export async function* inspectCdc(config: CdcConfig, context: InspectContext): Findings {
  yield* connected(config, context, (client) => captureFindings(client, config, context.connector));
}

async function* captureFindings(client: Client, config: CdcConfig, connector: string): Findings {
  const slot = slotOf(config, connector);
  yield* await serverFindings(client);
  yield* await slotFindings(client, slot);
  const tables = await findTables(config.tables, queryText(client));
  if (config.snapshot === 'initial') {
    for (const table of tables) {
      const rights = await tableRights(client, nameOf(table));
      if (rights !== null) yield* rightsFindings(client, nameOf(table), rights, ['SELECT']);
    }
  }
  for (const table of tables) yield* await identityFindings(client, table);
  yield* await publicationFindings(
    client,
    tables,
    config.publication ?? slot,
    config.publication === undefined,
  );
}

async function serverFindings(client: Client): Promise<readonly Finding[]> {
  const { level, right } = await serverChecks(client);
  return [told(level, 'wal_level is logical'), told(right, `user ${client.user ?? ''} may replicate`)];
}

/** The one there is, or room for a new one. */
async function slotFindings(client: Client, slot: string): Promise<readonly Finding[]> {
  const found = await findSlot(client, slot);
  if (found === null) {
    const [row] = await rowsOf(
      client,
      `SELECT current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_catalog.pg_replication_slots) AS slots,
              current_setting('max_wal_senders')::int - (SELECT count(*) FROM pg_catalog.pg_stat_replication) AS senders`,
    );
    return [
      Number(row?.slots) > 0
        ? fine(
            `replication slot ${slot} is not there yet; it is made at the start (room for ${row?.slots ?? ''})`,
          )
        : problem('the server has no replication slot left', noSlotLeft),
      ...(Number(row?.senders) > 0
        ? []
        : [problem('the server has no connection for replication left', 'raise max_wal_senders')]),
    ];
  }
  const foreign = await foreignSlot(client, slot, found);
  if (foreign !== null) return [told(foreign, '')];
  if (found.walStatus === 'lost')
    return [
      problem(
        `replication slot ${slot} has lost log that was not read`,
        '`rmq-connect offsets reset NAME --cleanup --yes` drops it, and the tables are read anew',
      ),
    ];
  return found.activePid === null
    ? [fine(`replication slot ${slot} is there`)]
    : [
        warning(
          `replication slot ${slot} is being read by process ${found.activePid}: the connector may be running`,
        ),
      ];
}

/** Where the log cannot tell which row was changed, the server refuses the change once the table is published. */
async function identityFindings(client: Client, table: Table): Promise<readonly Finding[]> {
  const keyless =
    table.identity === 'n' ||
    (table.identity === 'd' &&
      (
        await rowsOf(
          client,
          'SELECT 1 AS there FROM pg_catalog.pg_index WHERE indrelid = $1 AND indisprimary',
          [table.oid],
        )
      ).length === 0);
  if (!keyless) return [];
  return [
    warning(
      `table ${nameOf(table)} has no primary key: once it is captured, the server refuses updates and deletes of it`,
      `ALTER TABLE ${sqlNameOf(table)} REPLICA IDENTITY FULL;`,
    ),
  ];
}

async function publicationFindings(
  client: Client,
  tables: readonly Table[],
  publication: string,
  isOwn: boolean,
): Promise<readonly Finding[]> {
  const found = await findPublication(client, publication, tables, isOwn);
  if (found.error !== null || found.change === null)
    return [told(found.error, `publication ${publication} has all tables`)];
  const [known] = await rowsOf(
    client,
    `SELECT pg_has_role(pubowner, 'USAGE') AS owner FROM pg_catalog.pg_publication WHERE pubname = $1`,
    [publication],
  );
  return mayPublish(client, tables, publication, known?.owner !== 'f');
}

/** What making or changing a publication takes: to own it and its tables, and to make things in the database. */
async function mayPublish(
  client: Client,
  tables: readonly Table[],
  publication: string,
  ownsIt: boolean,
): Promise<readonly Finding[]> {
  const [row] = await rowsOf(
    client,
    `SELECT has_database_privilege(current_database(), 'CREATE') AS may, current_database() AS database,
            (SELECT string_agg(n.nspname || '.' || c.relname, ', ') FROM pg_catalog.pg_class c
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.oid = ANY ($1::oid[]) AND NOT pg_has_role(c.relowner, 'USAGE')) AS foreign`,
    [tables.map(({ oid }) => oid)],
  );
  const findings: Finding[] = [];
  if (!ownsIt)
    findings.push(
      problem(
        `user ${client.user ?? ''} does not own publication ${publication}, whose tables have to change`,
        `ALTER PUBLICATION ${quoteName(publication)} OWNER TO ${grantee(client)};`,
      ),
    );
  if (row?.may !== 't')
    findings.push(
      problem(
        `user ${client.user ?? ''} may not make publication ${publication}`,
        grant(client, 'CREATE', `DATABASE ${quoteName(row?.database ?? '')}`),
      ),
    );
  if (typeof row?.foreign === 'string')
    findings.push(
      problem(
        `user ${client.user ?? ''} does not own ${row.foreign}, and so cannot publish them`,
        `as their owner: ${createSql(publication, tables)}; and then name it: publication: ${publication}`,
      ),
    );
  return findings.length > 0
    ? findings
    : [fine(`publication ${publication} is made or brought up to date at the start`)];
}
