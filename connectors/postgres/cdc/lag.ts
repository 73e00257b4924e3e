import type { Lag, Position } from '../../../src/sdk/index.js';
import { connect, drop, type Connection } from '../connect.js';
import { postgresError } from '../postgres-error.js';
import { quoteText } from '../quote.js';
import { queryText } from './tables.js';

/**
 * Bytes of log that the server keeps for the slots of these partitions; how long that takes a running reader,
 * by the server's own measure. The log has other tables' changes, too: only at its end the lag is surely 0.
 */
export async function cdcLag(database: Connection, positions: ReadonlyMap<string, Position>): Promise<Lag> {
  if (positions.size === 0) return { records: null, bytes: null, seconds: null };
  const client = await connect(database);
  try {
    const slots = [...positions.keys()].map(quoteText).join(', ');
    const [row] = await queryText(client)(`
      SELECT sum(pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn)) AS bytes,
             max(extract(epoch FROM r.flush_lag)) AS seconds
      FROM pg_catalog.pg_replication_slots s
      LEFT JOIN pg_catalog.pg_stat_replication r ON r.pid = s.active_pid
      WHERE s.slot_name IN (${slots})`);
    if (typeof row?.bytes !== 'string') return { records: null, bytes: null, seconds: null };
    const bytes = Math.max(0, Number(row.bytes));
    if (bytes === 0) return { records: 0, bytes: 0, seconds: 0 };
    return { records: null, bytes, seconds: typeof row.seconds === 'string' ? Number(row.seconds) : null };
  } catch (error) {
    throw postgresError('cannot ask how far replication is', error);
  } finally {
    drop(client);
  }
}
