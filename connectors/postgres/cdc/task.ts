import type { Client } from 'pg';
import {
  ConnectorError,
  type Position,
  type SourceBatch,
  type SourceRecord,
  type SourceTask,
  type SourceTaskContext,
} from '../../../src/sdk/index.js';
import { unlessAborted } from '../../sql/unless-aborted.js';
import { connect, drop } from '../connect.js';
import { postgresError } from '../postgres-error.js';
import { TypeCatalog } from '../types/catalog.js';
import { LogReader } from './log-reader.js';
import { lsnOf, type Lsn } from './lsn.js';
import { readPosition, type CdcPosition, type LogPosition, type SnapshotPosition } from './position.js';
import { RecordMaker } from './records.js';
import { checkServer, createSlot, ensurePublication, findSlot, type NewSlot } from './slot.js';
import { beginReading, snapshot } from './snapshot.js';
import { slotOf, type CdcConfig } from './spec.js';
import { findTables, nameOf, queryText, type Table } from './tables.js';

/** One slot, one partition, one task: its order is that of the commits. */
export async function openCdc(
  config: CdcConfig,
  context: SourceTaskContext,
  positions: ReadonlyMap<string, Position>,
): Promise<SourceTask> {
  const slot = slotOf(config, context.connector);
  const client = await connect(config);
  try {
    await checkServer(client);
    const tables = await findTables(config.tables, queryText(client));
    const publication = config.publication ?? slot;
    await ensurePublication(client, publication, tables, config.publication === undefined);
    const place: Place = { config, context, slot, publication, client, tables };
    const beginning = await begin(place, readPosition(slot, positions.get(slot)));
    return await CdcTask.open(place, beginning);
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
  if (found !== null) await refuseForeign(place, found);
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

async function refuseForeign(
  { slot, client }: Place,
  found: { database: string; plugin: string },
): Promise<void> {
  const [row] = await queryText(client)('SELECT current_database() AS name');
  if (found.plugin === 'pgoutput' && found.database === row?.name) return;
  throw new ConnectorError(
    'config',
    `replication slot ${slot} is of database ${found.database} with plugin ${found.plugin}`,
    { hint: 'name another one with `slot`' },
  );
}

function gap({ slot, context }: Place, stored: CdcPosition): ConnectorError {
  const lsn = 'snapshot' in stored ? stored.snapshot.lsn : stored.lsn;
  return new ConnectorError(
    'config',
    `replication slot ${slot} is gone, or the server has dropped log that it had not read: changes since ${lsn} cannot be had any more`,
    { hint: `rmq-connect offsets reset ${context.connector} --yes, and the tables are read anew` },
  );
}

class CdcTask implements SourceTask {
  readonly #place: Place;
  readonly #catalog = new TypeCatalog();
  readonly #records: RecordMaker;
  readonly #database: string;
  /** Where `once` ends. */
  readonly #until: Lsn | null;
  #snapshot: AsyncGenerator<SourceRecord[], void, undefined> | null = null;
  #snapshotClient: Client | null = null;
  #log: LogReader | null = null;
  #from: LogPosition;
  /** Whether the snapshot gave a record: its last one carries where the log begins. */
  #hasRead = false;
  #closed = false;

  private constructor(place: Place, from: LogPosition, database: string, until: Lsn | null) {
    this.#place = place;
    this.#from = from;
    this.#database = database;
    this.#until = until;
    this.#records = new RecordMaker(place.config.schema !== 'none');
  }

  static async open(place: Place, { position, made }: Beginning): Promise<CdcTask> {
    try {
      const [row] = await queryText(place.client)(
        'SELECT current_database() AS database, pg_current_wal_flush_lsn() AS lsn',
      );
      const until = place.context.once ? lsnOf(row?.lsn ?? '0/0') : null;
      const from = 'snapshot' in position ? { lsn: position.snapshot.lsn, index: -1 } : position;
      const task = new CdcTask(place, from, row?.database ?? '', until);
      if ('snapshot' in position) await task.#beginSnapshot(position, made?.snapshot ?? null);
      return task;
    } finally {
      // Its moment has been taken over, or is not needed.
      if (made !== null) drop(made.client);
    }
  }

  async #beginSnapshot({ snapshot: from }: SnapshotPosition, exported: string | null): Promise<void> {
    const { config, tables } = this.#place;
    const client = await connect(config);
    this.#snapshotClient = client;
    await beginReading(client, exported);
    const origin = { database: this.#database, lsn: from.lsn, txId: null, committedAt: null };
    this.#snapshot = snapshot({
      client,
      tables,
      catalog: this.#catalog,
      records: this.#records,
      origin,
      from,
    });
  }

  async read(signal: AbortSignal): Promise<SourceBatch | null> {
    const partition = this.#place.slot;
    while (this.#snapshot !== null) {
      const { value } = await unlessAborted(this.#snapshot.next(), signal);
      if (value !== undefined) {
        this.#hasRead = true;
        return { partition, records: value };
      }
      this.#snapshot = null;
      if (!this.#hasRead) await this.#place.context.anew(partition, this.#from);
    }
    this.#log ??= await this.#openLog();
    const records = await this.#log.read(signal);
    return records === null ? null : { partition, records };
  }

  #openLog(): Promise<LogReader> {
    const { config, client, slot, publication } = this.#place;
    return LogReader.open({
      database: config,
      databaseName: this.#database,
      client,
      catalog: this.#catalog,
      records: this.#records,
      slot,
      publication,
      from: this.#from,
      until: this.#until,
    });
  }

  committed(_partition: string, position: Position): Promise<void> {
    const stored = readPosition(this.#place.slot, position);
    if (stored !== null && !('snapshot' in stored)) this.#log?.stored(stored);
    return Promise.resolve();
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#log?.close();
      if (this.#snapshotClient !== null) drop(this.#snapshotClient);
      drop(this.#place.client);
    }
    return Promise.resolve();
  }
}
