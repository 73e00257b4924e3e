import {
  ConnectorError,
  type Position,
  type SourceTask,
  type SourceTaskContext,
} from '../../../src/sdk/index.js';
import { CaptureTask } from '../../sql/cdc/task.js';
import { Mysql } from '../connect.js';
import { mysqlError } from '../mysql-error.js';
import { LogReader } from './log-reader.js';
import { storedPosition, type CdcPosition, type LogPlace } from './position.js';
import { RecordMaker } from './records.js';
import { beginReading, currentPlace, readTables } from './snapshot.js';
import { partition, serverIdOf, type CdcConfig } from './spec.js';
import { findTables, nameOf, type Table } from './tables.js';

export async function openCdc(
  config: CdcConfig,
  context: SourceTaskContext,
  positions: ReadonlyMap<string, Position>,
): Promise<SourceTask> {
  const connections: Mysql[] = [];
  const connect = async (): Promise<Mysql> => {
    const mysql = await Mysql.open(config, config.baseDir);
    connections.push(mysql);
    return mysql;
  };
  const drop = (): void => {
    for (const mysql of connections) mysql.drop();
  };
  try {
    const mysql = await connect();
    await checkServer(mysql);
    const tables = await findTables(config.tables, mysql);
    const stored = storedPosition(positions);
    // In a transaction that sees one moment, for the snapshot; null: there is none.
    const reading = stored === null ? config.snapshot === 'initial' : 'snapshot' in stored;
    const session = reading ? await connect() : null;
    const place = session === null ? await currentPlace(mysql) : await beginReading(session);
    const position = stored ?? beginning(config, tables, place);
    // Behind it other rows are read than before, or none were.
    if (stored === null || 'snapshot' in position) await context.anew(partition, position);
    const records = new RecordMaker(config.schema !== 'none');
    const inSnapshot = 'snapshot' in position ? position.snapshot : null;
    const from =
      'snapshot' in position
        ? { file: position.snapshot.file, pos: position.snapshot.pos, row: -1 }
        : position;
    return new CaptureTask({
      partition,
      context,
      snapshot:
        session === null || inSnapshot === null
          ? null
          : readTables({ mysql: session, tables, records, from: inSnapshot }),
      from,
      openLog: () =>
        LogReader.open({
          config,
          serverId: serverIdOf(config, context.connector),
          mysql,
          tables,
          records,
          from,
          until: context.once ? place : null,
        }),
      drop,
    });
  } catch (error) {
    drop();
    throw mysqlError('cannot capture changes', error);
  }
}

function beginning({ snapshot: mode }: CdcConfig, tables: readonly Table[], place: LogPlace): CdcPosition {
  const [first] = tables;
  if (mode === 'never' || first === undefined) return { ...place, row: -1 };
  return { snapshot: { ...place, table: nameOf(first), key: null } };
}

/** What keeps changes out of the binlog. */
async function checkServer(mysql: Mysql): Promise<void> {
  const [row] = await mysql.texts(
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
