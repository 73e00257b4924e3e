import {
  ConnectorError,
  type Position,
  type SourceBatch,
  type SourceRecord,
  type SourceTask,
  type SourceTaskContext,
} from '../../../src/sdk/index.js';
import { unlessAborted } from '../../sql/unless-aborted.js';
import { connect, drop, type Session } from './session.js';
import { mysqlError } from '../mysql-error.js';
import { LogReader } from './log-reader.js';
import { readPosition, type CdcPosition, type LogPlace, type LogPosition } from './position.js';
import { RecordMaker } from './records.js';
import { beginReading, currentPlace, snapshot } from './snapshot.js';
import { partition, serverIdOf, type CdcConfig } from './spec.js';
import { findTables, nameOf, type Table } from './tables.js';

/** One binlog, one partition, one task: its order is that of the commits. */
export async function openCdc(
  config: CdcConfig,
  context: SourceTaskContext,
  positions: ReadonlyMap<string, Position>,
): Promise<SourceTask> {
  const session = await connect(config);
  let reading: Session | null = null;
  try {
    await checkServer(session);
    const tables = await findTables(config.tables, session.database, session);
    let position = readPosition(partition, positions.get(partition));
    const isNew = position === null;
    if (isNew ? config.snapshot === 'initial' : position !== null && 'snapshot' in position) {
      reading = await connect(config);
    }
    const place = reading === null ? await currentPlace(session) : await beginReading(reading);
    position ??= beginning(config, tables, place);
    // Behind it other rows are read than before, or none were.
    if (isNew || 'snapshot' in position) await context.anew(partition, position);
    return new CdcTask({ config, context, session, tables, reading }, position, context.once ? place : null);
  } catch (error) {
    for (const opened of [session, reading]) if (opened !== null) drop(opened);
    throw mysqlError('cannot capture changes', error);
  }
}

function beginning({ snapshot: mode }: CdcConfig, tables: readonly Table[], place: LogPlace): CdcPosition {
  const [first] = tables;
  if (mode === 'never' || first === undefined) return { ...place, row: -1 };
  return { snapshot: { ...place, table: nameOf(first), key: null } };
}

/** What keeps changes out of the binlog. */
async function checkServer(session: Session): Promise<void> {
  const [row] = await session.query(
    'SELECT @@log_bin AS log, @@binlog_format AS format, @@binlog_row_image AS image',
  );
  if (row?.log !== '1') {
    throw new ConnectorError('config', 'the server writes no binlog, and cdc reads that', {
      hint: 'in the configuration of the server: log_bin = binlog, binlog_format = ROW, server_id = 1; then restart it',
    });
  }
  if (row.format !== 'ROW') {
    throw new ConnectorError(
      'config',
      `binlog_format of the server is ${row.format ?? 'unknown'}, and cdc needs ROW`,
      {
        hint: 'SET GLOBAL binlog_format = ROW; and the same in its configuration; sessions that are open keep the old one',
      },
    );
  }
  if (row.image !== 'FULL') {
    throw new ConnectorError(
      'config',
      `binlog_row_image of the server is ${row.image ?? 'unknown'}, and cdc needs FULL`,
      {
        hint: 'SET GLOBAL binlog_row_image = FULL; and the same in its configuration',
      },
    );
  }
}

interface Place {
  readonly config: CdcConfig;
  readonly context: SourceTaskContext;
  readonly session: Session;
  readonly tables: readonly Table[];
  /** For the snapshot; null: there is none. */
  readonly reading: Session | null;
}

class CdcTask implements SourceTask {
  readonly #place: Place;
  readonly #records: RecordMaker;
  readonly #from: LogPosition;
  /** Where `once` ends. */
  readonly #until: LogPlace | null;
  #snapshot: AsyncGenerator<SourceRecord[], void, undefined> | null = null;
  #log: LogReader | null = null;
  /** Whether the snapshot gave a record: its last one carries where the log begins. */
  #hasRead = false;
  #closed = false;

  constructor(place: Place, position: CdcPosition, until: LogPlace | null) {
    this.#place = place;
    this.#until = until;
    this.#records = new RecordMaker(place.config.schema !== 'none');
    if (!('snapshot' in position)) {
      this.#from = position;
      return;
    }
    const { file, pos } = position.snapshot;
    this.#from = { file, pos, row: -1 };
    const { reading, tables } = place;
    if (reading === null) return;
    this.#snapshot = snapshot({ session: reading, tables, records: this.#records, from: position.snapshot });
  }

  async read(signal: AbortSignal): Promise<SourceBatch | null> {
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
    const { config, context, session, tables } = this.#place;
    return LogReader.open({
      database: config,
      serverId: serverIdOf(config, context.connector),
      session,
      tables,
      records: this.#records,
      from: this.#from,
      until: this.#until,
    });
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#log?.close();
      const { session, reading } = this.#place;
      for (const opened of [session, reading]) if (opened !== null) drop(opened);
    }
    return Promise.resolve();
  }
}
