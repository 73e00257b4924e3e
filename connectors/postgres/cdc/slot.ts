import type { Client } from 'pg';
import { ConnectorError } from '../../../src/sdk/index.js';
import { connect, drop, type Connection } from '../connect.js';
import { postgresError, sqlState } from '../postgres-error.js';
import { quoteName, quoteText } from '../quote.js';
import { slotOf, type CdcConfig } from './spec.js';
import { queryText } from './tables.js';

/** A slot as the server has it. */
export interface Slot {
  readonly database: string;
  readonly plugin: string;
  readonly activePid: number | null;
  /** Up to where its reader has said that it needs nothing any more. */
  readonly confirmed: string | null;
  /** `lost`: log that was not read yet is gone. */
  readonly walStatus: string | null;
}

export async function findSlot(client: Client, slot: string): Promise<Slot | null> {
  const [row] = await queryText(client)(`
    SELECT database, plugin, active_pid, confirmed_flush_lsn AS confirmed, wal_status
    FROM pg_catalog.pg_replication_slots WHERE slot_name = ${quoteText(slot)}`);
  if (row === undefined) return null;
  return {
    database: row.database ?? '',
    plugin: row.plugin ?? '',
    activePid: typeof row.active_pid === 'string' ? Number(row.active_pid) : null,
    confirmed: row.confirmed ?? null,
    walStatus: row.wal_status ?? null,
  };
}

/** Whether a slot of this name belongs to somebody else. */
export async function foreignSlot(client: Client, slot: string, found: Slot): Promise<ConnectorError | null> {
  const [row] = await queryText(client)('SELECT current_database() AS name');
  if (found.plugin === 'pgoutput' && found.database === row?.name) return null;
  return new ConnectorError(
    'config',
    `replication slot ${slot} is of database ${found.database} with plugin ${found.plugin}`,
    { hint: 'name another one with `slot`' },
  );
}

export const noSlotLeft =
  'raise max_replication_slots, or drop a slot that is not used: SELECT slot_name FROM pg_replication_slots WHERE NOT active';

/** A slot made anew, and the name under which its moment can be read while `client` asks nothing else. */
export interface NewSlot {
  readonly lsn: string;
  readonly snapshot: string;
  readonly client: Client;
}

/**
 * Waits for transactions that are under way: a slot begins between two of them. `opened` is told of the connection, so
 * that the waiting can be ended with it.
 */
export async function createSlot(
  database: Connection,
  slot: string,
  opened: (client: Client) => void,
): Promise<NewSlot> {
  const client = await connect(database, { replication: true });
  opened(client);
  try {
    const result = await client.query<{ consistent_point: string; snapshot_name: string }>(
      `CREATE_REPLICATION_SLOT ${quoteName(slot)} LOGICAL pgoutput EXPORT_SNAPSHOT`,
    );
    const [row] = result.rows;
    if (row === undefined) throw new Error('the server said nothing of it');
    return { lsn: row.consistent_point, snapshot: row.snapshot_name, client };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw postgresError(
      `cannot make replication slot ${slot}`,
      error,
      sqlState(error) === '53400' ? noSlotLeft : undefined,
    );
  }
}

/** Drops the slot and the publication that were made, and says so. */
export async function removeCdc(config: CdcConfig, connector: string): Promise<readonly string[]> {
  const client = await connect(config);
  try {
    const slot = slotOf(config, connector);
    return await removeSlot(client, slot, config.publication === undefined ? slot : null);
  } finally {
    drop(client);
  }
}

/** Drops what is there of both, and says what that was. A slot that is read is not dropped. */
async function removeSlot(
  client: Client,
  slot: string,
  publication: string | null,
): Promise<readonly string[]> {
  const removed: string[] = [];
  const found = await findSlot(client, slot);
  if (typeof found?.activePid === 'number') {
    throw new ConnectorError(
      'unavailable',
      `replication slot ${slot} is being read by process ${String(found.activePid)}`,
      {
        hint: `stop what reads it, or end it: SELECT pg_terminate_backend(${String(found.activePid)})`,
      },
    );
  }
  try {
    if (found !== null) {
      await client.query(`SELECT pg_drop_replication_slot(${quoteText(slot)})`);
      removed.push(`replication slot ${slot}`);
    }
    if (publication === null) return removed;
    const known = await queryText(client)(
      `SELECT 1 AS there FROM pg_catalog.pg_publication WHERE pubname = ${quoteText(publication)}`,
    );
    if (known.length > 0) {
      await client.query(`DROP PUBLICATION ${quoteName(publication)}`);
      removed.push(`publication ${publication}`);
    }
    return removed;
  } catch (error) {
    throw postgresError(`cannot drop what cdc made (slot ${slot})`, error);
  }
}
