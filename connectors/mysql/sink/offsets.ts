import { OffsetsTable } from '../../sql/sink/offsets.js';
import type { Mysql } from '../connect.js';
import { errnoOf } from '../mysql-error.js';
import { quoteTable } from '../quote.js';

const noSuchTable = 1146;

/** `name` as the configuration has it. */
export function offsetsTable(mysql: Mysql, name: string): OffsetsTable {
  const table = quoteTable(name);
  return new OffsetsTable({
    table,
    // A user without rights on it is told so, where information_schema would hide it.
    exists: async () => {
      try {
        await mysql.rows(`SELECT 1 FROM ${table} LIMIT 0`);
        return true;
      } catch (error) {
        if (errnoOf(error) === noSuchTable) return false;
        throw error;
      }
    },
    definition: `CREATE TABLE IF NOT EXISTS ${table} (
      consumer_group varchar(255) NOT NULL, topic varchar(255) NOT NULL, broker varchar(128) NOT NULL,
      queue int NOT NULL, next_offset bigint NOT NULL, mark longtext NULL,
      written_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
      PRIMARY KEY (consumer_group, topic, broker, queue)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`,
    parameter: () => '?',
    insertNew: (into) => `INSERT IGNORE ${into}`,
    insertOrReplace: (into) =>
      `INSERT ${into} ON DUPLICATE KEY UPDATE next_offset = VALUES(next_offset), mark = VALUES(mark)`,
    rows: (sql, values) => mysql.rows(sql, values),
    run: (sql, values) => mysql.run(sql, values),
  });
}
