import type { Lag, Position } from '../../../src/sdk/index.js';
import { Mysql } from '../connect.js';
import { mysqlError } from '../mysql-error.js';
import { isBehind, storedPosition, type LogPlace } from './position.js';
import { currentPlace } from './snapshot.js';
import type { CdcConfig } from './spec.js';

const unknown: Lag = { records: null, bytes: null, seconds: null };

/** Bytes of binlog behind the position; other tables' changes are in them. How long that takes nobody can tell. */
export async function cdcLag(config: CdcConfig, positions: ReadonlyMap<string, Position>): Promise<Lag> {
  const stored = storedPosition(positions);
  if (stored === null) return unknown;
  const place: LogPlace = 'snapshot' in stored ? stored.snapshot : stored;
  const mysql = await Mysql.open(config, config.baseDir);
  try {
    const end = await currentPlace(mysql);
    if (!isBehind(end, place)) return 'snapshot' in stored ? unknown : { records: 0, bytes: 0, seconds: 0 };
    const files = await mysql.texts('SHOW BINARY LOGS');
    const known = files.map((row) => ({ file: row.Log_name ?? '', size: Number(row.File_size) }));
    if (!known.some(({ file }) => file === place.file)) return unknown;
    const between = known.filter(
      ({ file }) => isBehind({ file, pos: 0 }, { ...place, pos: 0 }) || file === place.file,
    );
    const bytes = between.reduce((sum, { size }) => sum + size, 0) - place.pos;
    return { records: null, bytes: Math.max(0, bytes), seconds: null };
  } catch (error) {
    throw mysqlError('cannot ask how far the binlog is', error);
  } finally {
    mysql.drop();
  }
}
