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
    // Without a binlog there is no file.
    if (end.file === '') return unknown;
    const files = await mysql.texts('SHOW BINARY LOGS');
    const known = files.map((row) => ({ file: row.Log_name ?? '', size: Number(row.File_size) }));
    const lag = logLag(place, end, known);
    return lag.bytes === 0 && 'snapshot' in stored ? unknown : lag;
  } catch (error) {
    throw mysqlError('cannot ask how far the binlog is', error);
  } finally {
    mysql.drop();
  }
}

/** Unknown where the place is none of this log: its file is gone, or it lies behind the end, as after RESET MASTER. */
export function logLag(
  place: LogPlace,
  end: LogPlace,
  files: readonly { readonly file: string; readonly size: number }[],
): Lag {
  if (!files.some(({ file }) => file === place.file) || isBehind(place, end)) return unknown;
  if (!isBehind(end, place)) return { records: 0, bytes: 0, seconds: 0 };
  const between = files.filter(
    ({ file }) => isBehind({ file, pos: 0 }, { ...place, pos: 0 }) || file === place.file,
  );
  const bytes = between.reduce((sum, { size }) => sum + size, 0) - place.pos;
  return { records: null, bytes: Math.max(0, bytes), seconds: null };
}
