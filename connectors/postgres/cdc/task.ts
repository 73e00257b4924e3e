import type { Client } from 'pg';
import {
  ConnectorError,
  type Position,
  type SourceTask,
  type SourceTaskContext,
} from '../../../src/sdk/index.js';
import { CaptureTask } from '../../sql/cdc/task.js';
import { refuse } from '../../sql/inspect/told.js';
import { connect, drop } from '../connect.js';
import { postgresError } from '../postgres-error.js';
import { TypeCatalog } from '../types/catalog.js';
import { LogReader } from './log-reader.js';
import { lsnOf } from './lsn.js';
import { readPosition, type CdcPosition } from './position.js';
import { ensurePublication } from './publication.js';
import { RecordMaker } from './records.js';
import { serverChecks } from './server.js';
import { createSlot, findSlot, foreignSlot, type NewSlot } from './slot.js';
import { beginReading, readTables } from './snapshot.js';
import { slotOf, type CdcConfig } from './spec.js';
import { findTables, nameOf, queryText, type Table } from './tables.js';

/** Its partition is the slot. */
export async function openCdc(
  config: CdcConfig,
  context: SourceTaskContext,
  positions: ReadonlyMap<string, Position>,
): Promise<SourceTask> {
  const slot = slotOf(config, context.connector);
  const client = await connect(config);
  try {
    refuse(Object.values(await serverChecks(client)));
    const tables = await findTables(config.tables, queryText(client));
    const publication = config.publication ?? slot;
    await ensurePublication(client, publication, tables, config.publication === undefined);
    const place: Place = { config, context, slot, publication, client, tables };
    return await openTask(place, await begin(place, readPosition(slot, positions.get(slot))));
  } catch (error) {
    drop(client);
    throw postgresError(`cannot capture changes with slot ${slot}`, error);
  }
}

interface Place {
  readonly config: CdcConfig;
  readonly context: SourceTaskContext;
  readonly slot: string;
  readonly publication: string;
  readonly client: Client;
  readonly tables: readonly Table[];
}

interface Beginning {
  readonly position: CdcPosition;
  /** Made just now: its moment can be read. */
  readonly made: NewSlot | null;
}

/**
 * Where to go on. A slot that is there without a position (the positions were reset, or a crash came in
 * between) is kept: from its place on the log has every change that a snapshot of now may have missed.
 */
async function begin(place: Place, stored: CdcPosition | null): Promise<Beginning> {
  const { config, context, slot, client, tables } = place;
  const found = await findSlot(client, slot);
  if (found !== null) refuse([await foreignSlot(client, slot, found)]);
  if (stored !== null) {
    if (found === null || found.walStatus === 'lost') throw gap(place, stored);
    if ('snapshot' in stored) await context.anew(slot, stored);
    return { position: stored, made: null };
  }
  if (found?.walStatus === 'lost') {
    await client.query('SELECT pg_drop_replication_slot($1)', [slot]);
  }
  const kept = found?.walStatus === 'lost' ? null : (found?.confirmed ?? null);
  const made = kept === null ? await createSlot(config, slot) : null;
  const lsn = made?.lsn ?? kept ?? '0/0';
  const [first] = tables;
  const position: CdcPosition =
    config.snapshot === 'never' || first === undefined
      ? { lsn, index: -1 }
      : { snapshot: { lsn, table: nameOf(first), key: null } };
  await context.anew(slot, position);
  return { position, made };
}

function gap({ slot, context }: Place, stored: CdcPosition): ConnectorError {
  const lsn = 'snapshot' in stored ? stored.snapshot.lsn : stored.lsn;
  return new ConnectorError(
    'config',
    `replication slot ${slot} is gone, or the server has dropped log that it had not read: changes since ${lsn} cannot be had any more`,
    { hint: `rmq-connect offsets reset ${context.connector} --yes, and the tables are read anew` },
  );
}

async function openTask(place: Place, { position, made }: Beginning): Promise<SourceTask> {
  const { config, context, slot, publication, client, tables } = place;
  const catalog = new TypeCatalog();
  const records = new RecordMaker(config.schema !== 'none');
  let reading: Client | null = null;
  try {
    const [row] = await queryText(client)(
      'SELECT current_database() AS database, pg_current_wal_flush_lsn() AS lsn',
    );
    const databaseName = row?.database ?? '';
    const from = 'snapshot' in position ? { lsn: position.snapshot.lsn, index: -1 } : position;
    let snapshot = null;
    if ('snapshot' in position) {
      reading = await connect(config);
      await beginReading(reading, made?.snapshot ?? null);
      const origin = { database: databaseName, lsn: from.lsn, txId: null, committedAt: null };
      snapshot = readTables({ client: reading, tables, catalog, records, origin, from: position.snapshot });
    }
    const until = context.once ? lsnOf(row?.lsn ?? '0/0') : null;
    return new CaptureTask({
      partition: slot,
      context,
      snapshot,
      from,
      openLog: () =>
        LogReader.open({
          ...{ database: config, databaseName, client, catalog, records },
          ...{ slot, publication, from, until },
        }),
      drop: () => {
        for (const opened of [reading, client]) if (opened !== null) drop(opened);
      },
    });
  } catch (error) {
    if (reading !== null) drop(reading);
    throw error;
  } finally {
    // Its moment has been taken over, or is not needed.
    if (made !== null) drop(made.client);
  }
}
