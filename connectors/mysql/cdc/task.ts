import type { Position, SourceTask, SourceTaskContext } from '../../../src/sdk/index.js';
import { CaptureTask } from '../../sql/cdc/task.js';
import { refuse } from '../../sql/inspect/told.js';
import { Mysql } from '../connect.js';
import { mysqlError } from '../mysql-error.js';
import { LogReader } from './log-reader.js';
import { storedPosition, type CdcPosition, type LogPlace } from './position.js';
import { RecordMaker } from './records.js';
import { serverChecks } from './server.js';
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
    refuse((await serverChecks(mysql)).map(({ error }) => error));
    const tables = await findTables(config.tables, mysql);
    const stored = storedPosition(positions);
    // In a transaction that sees one moment, for the snapshot; null: there is none.
    const reading = stored === null ? config.snapshot === 'initial' : 'snapshot' in stored;
    const session = reading ? await connect() : null;
    const place = session === null ? await currentPlace(mysql) : await beginReading(session);
    const position = stored ?? firstPosition(config, tables, place);
    // Behind it other rows are read than before, or none were.
    if (stored === null || 'snapshot' in position) await context.anew(partition, position);
    const records = new RecordMaker(config.schema !== 'none');
    const inSnapshot = 'snapshot' in position ? position.snapshot : null;
    const from =
      'snapshot' in position
        ? { file: position.snapshot.file, pos: position.snapshot.pos, row: -1 }
        : position;
    const beginning = {
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
    };
    return new CaptureTask({ partition, context, begin: () => Promise.resolve(beginning), drop });
  } catch (error) {
    drop();
    throw mysqlError('cannot capture changes', error);
  }
}

function firstPosition(
  { snapshot: mode }: CdcConfig,
  tables: readonly Table[],
  place: LogPlace,
): CdcPosition {
  const [first] = tables;
  if (mode === 'never' || first === undefined) return { ...place, row: -1 };
  return { snapshot: { ...place, table: nameOf(first), key: null } };
}
