import type { Client } from 'pg';
import { OffsetsTable } from '../../sql/sink/offsets.js';
import { quoteTable } from '../quote.js';

/** `name` as the configuration has it. */
export function offsetsTable(client: Client, name: string): OffsetsTable {
  const table = quoteTable(name);
  const rows = async (sql: string, values: readonly unknown[]) =>
    (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  return new OffsetsTable({
    table,
    exists: async () => (await rows('SELECT to_regclass($1) AS found', [table]))[0]?.found !== null,
    definition: `CREATE TABLE IF NOT EXISTS ${table} (
      consumer_group text NOT NULL, topic text NOT NULL, broker text NOT NULL, queue integer NOT NULL,
      next_offset bigint NOT NULL, mark jsonb, written_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (consumer_group, topic, broker, queue))`,
    parameter: (number) => `$${String(number)}`,
    insertNew: (into) => `INSERT ${into} ON CONFLICT DO NOTHING`,
    insertOrReplace: (into) =>
      `INSERT ${into} ON CONFLICT (consumer_group, topic, broker, queue)
       DO UPDATE SET next_offset = EXCLUDED.next_offset, mark = EXCLUDED.mark, written_at = now()`,
    rows,
    run: async (sql, values) => (await client.query(sql, [...values])).rowCount ?? 0,
  });
}
