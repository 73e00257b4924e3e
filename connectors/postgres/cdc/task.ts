import type { Client } from 'pg';
import {
  ConnectorError,
  type Position,
  type SourceTask,
  type SourceTaskContext,
} from '../../../src/sdk/index.js';
import { CaptureTask, type CaptureBeginning } from '../../sql/cdc/task.js';
import { refuse } from '../../sql/inspect/told.js';
import { connect, drop } from '../connect.js';
import { postgresError } from '../postgres-error.js';
import { TypeCatalog } from '../types/catalog.js';
import { LogReader } from './log-reader.js';
import { lsnOf } from './lsn.js';
import { readPosition, type CdcPosition } from './position.js';
import { ensurePublication } from './publication.js';
import { PublicationWatch, sayNew } from './publication-watch.js';
import { RecordMaker } from './records.js';
import { serverChecks } from './server.js';
import { createSlot, findSlot, foreignSlot, type NewSlot, type Slot } from './slot.js';
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
  const connections = new Connections();
  try {
    const client = connections.keep(await connect(config));
    refuse(Object.values(await serverChecks(client)));
    const tables = await findTables(config.tables, queryText(client));
    const publication = config.publication ?? slot;
    const own = config.publication === undefined;
    const added = await ensurePublication(client, publication, tables, own);
    const stored = readPosition(slot, positions.get(slot));
    if (stored !== null && added.length > 0) sayNew(context, added.map(nameOf));
    const place: Place = { config, context, slot, publication, client, tables, connections };
    const found = await slotFor(place, stored);
    const { log, connector } = context;
    const watch = new PublicationWatch({ client, publication, patterns: config.tables, own, log, connector });
    return new CaptureTask({
      partition: slot,
      context,
      begin: () =>
        begin(place, stored, found).catch((error: unknown) => {
          throw postgresError(`cannot capture changes with slot ${slot}`, error);
        }),
      drop: () => {
        watch.close();
        connections.drop();
      },
    });
  } catch (error) {
    connections.drop();
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
  readonly connections: Connections;
}

/** Those of a task. One that is made when the task is closed already is ended at once. */
class Connections {
  #open: Client[] = [];
  #isDropped = false;

  keep(client: Client): Client {
    if (this.#isDropped) drop(client);
    else this.#open.push(client);
    return client;
  }

  drop(): void {
    this.#isDropped = true;
    for (const client of this.#open) drop(client);
    this.#open = [];
  }
}

/** The slot that is there. Throws where it is somebody else's, or has not what the position needs. */
async function slotFor(place: Place, stored: CdcPosition | null): Promise<Slot | null> {
  const { slot, client } = place;
  const found = await findSlot(client, slot);
  if (found !== null) refuse([await foreignSlot(client, slot, found)]);
  if (stored !== null && (found === null || found.walStatus === 'lost')) throw gap(place, stored);
  if (found !== null && found.confirmed === null && found.walStatus !== 'lost') {
    // A worker that was killed meanwhile has asked for it.
    throw new ConnectorError(
      'unavailable',
      `replication slot ${slot} is being made by process ${String(found.activePid)}, which waits for transactions that are under way`,
    );
  }
  return found;
}

function gap({ slot, context }: Place, stored: CdcPosition): ConnectorError {
  const lsn = 'snapshot' in stored ? stored.snapshot.lsn : stored.lsn;
  return new ConnectorError(
    'config',
    `replication slot ${slot} is gone, or the server has dropped log that it had not read: changes since ${lsn} cannot be had any more`,
    { hint: `rmq-connect offsets reset ${context.connector} --yes, and the tables are read anew` },
  );
}

/** Where to go on. A slot that is made waits for transactions that are under way, however long they take. */
async function begin(
  place: Place,
  stored: CdcPosition | null,
  found: Slot | null,
): Promise<CaptureBeginning> {
  const { context, slot } = place;
  if (stored === null) {
    const { position, made } = await firstPlace(place, found);
    await context.anew(slot, position);
    return beginAt(place, position, made);
  }
  if ('snapshot' in stored) await context.anew(slot, stored);
  return beginAt(place, stored, null);
}

interface FirstPlace {
  readonly position: CdcPosition;
  /** Made just now: its moment can be read. */
  readonly made: NewSlot | null;
}

/**
 * A slot that is there without a position (the positions were reset, or a crash came in between) is kept: from its place
 * on the log has every change that a snapshot of now may have missed.
 */
async function firstPlace(
  { config, context, slot, client, tables, connections }: Place,
  found: Slot | null,
): Promise<FirstPlace> {
  if (found?.walStatus === 'lost') {
    await client.query('SELECT pg_drop_replication_slot($1)', [slot]);
  }
  const kept = found?.walStatus === 'lost' ? null : (found?.confirmed ?? null);
  if (kept === null) context.log.info('the replication slot is made, behind what is written now', { slot });
  const made = kept === null ? await createSlot(config, slot, (its) => connections.keep(its)) : null;
  const lsn = made?.lsn ?? kept ?? '0/0';
  const [first] = tables;
  const position: CdcPosition =
    config.snapshot === 'never' || first === undefined
      ? { lsn, index: -1 }
      : { snapshot: { lsn, table: nameOf(first), key: null } };
  return { position, made };
}

async function beginAt(
  { config, context, slot, publication, client, tables, connections }: Place,
  position: CdcPosition,
  made: NewSlot | null,
): Promise<CaptureBeginning> {
  const catalog = new TypeCatalog();
  const records = new RecordMaker(config.schema !== 'none');
  try {
    const [row] = await queryText(client)(
      'SELECT current_database() AS database, pg_current_wal_flush_lsn() AS lsn',
    );
    const databaseName = row?.database ?? '';
    const from = 'snapshot' in position ? { lsn: position.snapshot.lsn, index: -1 } : position;
    let snapshot = null;
    if ('snapshot' in position) {
      // Rows in the order of a key may take their time until the first one comes.
      const reading = connections.keep(await connect({ ...config, statement_timeout_ms: 0 }));
      await beginReading(reading, made?.snapshot ?? null);
      const origin = { database: databaseName, lsn: from.lsn, txId: null, committedAt: null };
      snapshot = readTables({ client: reading, tables, catalog, records, origin, from: position.snapshot });
    }
    const until = context.once ? lsnOf(row?.lsn ?? '0/0') : null;
    return {
      snapshot,
      from,
      openLog: () =>
        LogReader.open({
          ...{ database: config, databaseName, client, catalog, records },
          ...{ slot, publication, from, until },
        }),
    };
  } finally {
    // Its moment has been taken over, or is not needed.
    if (made !== null) drop(made.client);
  }
}
