import { ConnectorError } from '../../../src/sdk/index.js';
import type { Column, Table } from '../../sql/sink/session.js';
import type { Mysql } from '../connect.js';
import { placeOf } from '../table-place.js';
import { encodeValue, takenBy } from './encode.js';

export interface MysqlTable extends Table {
  /** The columns of each unique index, in the order of their names. */
  readonly uniques: ReadonlySet<string>;
}

/** Unique indexes are compared by the names of their columns, whatever their order. */
export const indexName = (columns: readonly string[]): string =>
  columns
    .map((name) => name.toLowerCase())
    .sort()
    .join('\u0000');

const engines = new Set(['innodb', 'rocksdb', 'tokudb', 'ndbcluster']);

/** Null where there is none. */
export async function readTable(mysql: Mysql, name: string): Promise<MysqlTable | null> {
  const { database, table } = placeOf(name, mysql);
  const place = [database, table];
  const columns = await mysql.rows(
    `SELECT column_name AS name, data_type AS type, extra AS extra FROM information_schema.columns
     WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`,
    place,
  );
  if (columns.length === 0) return null;
  await assertTransactions(mysql, name, place);
  const indexes = await mysql.rows(
    `SELECT index_name AS name, column_name AS part FROM information_schema.statistics
     WHERE table_schema = ? AND table_name = ? AND non_unique = 0 ORDER BY index_name, seq_in_index`,
    place,
  );
  const uniques = new Map<string, string[]>();
  for (const { name: index, part } of indexes) {
    const parts = uniques.get(String(index)) ?? [];
    uniques.set(String(index), [...parts, String(part)]);
  }
  return {
    name,
    columns: new Map(columns.map((row) => [String(row.name), columnOf(row)])),
    key: uniques.get('PRIMARY') ?? [],
    uniques: new Set(Array.from(uniques.values(), indexName)),
  };
}

async function assertTransactions(mysql: Mysql, name: string, place: readonly string[]): Promise<void> {
  const [row] = await mysql.rows(
    'SELECT engine AS engine FROM information_schema.tables WHERE table_schema = ? AND table_name = ?',
    place,
  );
  const { engine } = row ?? {};
  if (typeof engine !== 'string' || engines.has(engine.toLowerCase())) return;
  throw new ConnectorError('config', `table ${name} has the engine ${engine}, which has no transactions`, {
    hint: `ALTER TABLE ${name} ENGINE=InnoDB;`,
  });
}

function columnOf({ name, type, extra }: Readonly<Record<string, unknown>>): Column {
  const dataType = String(type).toLowerCase();
  return {
    name: String(name),
    isGenerated: /\b(?:VIRTUAL|STORED|PERSISTENT) GENERATED\b/i.test(String(extra)),
    takes: takenBy(dataType),
    encode: (value, its) => encodeValue(value, dataType, its),
  };
}
