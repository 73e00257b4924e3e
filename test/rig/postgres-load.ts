import { Client } from 'pg';
import type { LoadTarget } from './change-load.js';
import type { RealPostgres } from './postgres.js';

/** A session for the load's transactions. */
export async function postgresLoad({
  url,
}: Pick<RealPostgres, 'url'>): Promise<LoadTarget & { close(): Promise<void> }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    transaction: async (statements, end) => {
      await client.query('BEGIN');
      const counts: number[] = [];
      for (const sql of statements) counts.push((await client.query(sql)).rowCount ?? 0);
      await client.query(end);
      return counts;
    },
    close: () => client.end(),
  };
}
