import { createConnection, type ResultSetHeader } from 'mysql2/promise';
import type { LoadTarget } from './change-load.js';
import type { RealMariadb } from './mariadb.js';

/** A session for the load's transactions. */
export async function mariadbLoad({
  url,
}: Pick<RealMariadb, 'url'>): Promise<LoadTarget & { close(): Promise<void> }> {
  const connection = await createConnection({ uri: url });
  return {
    transaction: async (statements, end) => {
      await connection.query('BEGIN');
      const counts: number[] = [];
      for (const sql of statements)
        counts.push((await connection.query<ResultSetHeader>(sql))[0].affectedRows);
      await connection.query(end);
      return counts;
    },
    close: () => connection.end(),
  };
}
