import type { Client } from 'pg';
import type { SourceRecord } from '../../../src/sdk/index.js';
import { drop } from '../connect.js';
import { postgresError, sqlState } from '../postgres-error.js';
import { CopyText } from '../types/copy-text.js';
import type { TypeCatalog } from '../types/catalog.js';
import type { CdcPosition, SnapshotPosition } from './position.js';
import type { RecordMaker, Origin } from './records.js';
import { quoteLiteral, quoteName } from './replication.js';
import {
  columnsOf,
  keyOfTable,
  nameOf,
  queryText,
  shapeOf,
  sqlNameOf,
  type Shape,
  type Table,
} from './tables.js';

export interface SnapshotOptions {
  /** In a transaction that sees one moment; it is the snapshot's from now on. */
  readonly client: Client;
  readonly tables: readonly Table[];
  readonly catalog: TypeCatalog;
  readonly records: RecordMaker;
  readonly origin: Origin;
  readonly from: SnapshotPosition['snapshot'];
}

/** Begins a transaction that sees the moment `snapshot` was exported at, or now. */
export async function beginReading(client: Client, snapshot: string | null): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  // A server may end long transactions that do not ask anything: ours waits for the broker.
  await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
  await client.query('SET LOCAL statement_timeout = 0');
  if (snapshot !== null) await client.query(`SET TRANSACTION SNAPSHOT ${quoteLiteral(snapshot)}`);
}

/**
 * The rows of the tables, one table after the other, each by its key, as far as they are behind `from`. The
 * last one's position is the beginning of the log: behind it the snapshot is done.
 */
export async function* snapshot(options: SnapshotOptions): AsyncGenerator<SourceRecord[], void, undefined> {
  const { client, tables, from } = options;
  const start: CdcPosition = { lsn: from.lsn, index: -1 };
  const left = tables.filter((table) => nameOf(table) >= from.table);
  let held: SourceRecord | null = null;
  try {
    for (const table of left) {
      const key = nameOf(table) === from.table ? from.key : null;
      for await (const records of readTable(options, table, key)) {
        if (held !== null) records.unshift(held);
        held = records.pop() ?? null;
        if (records.length > 0) yield records;
      }
      const next = left[left.indexOf(table) + 1];
      if (held === null || next === undefined) continue;
      held = { ...held, position: { snapshot: { lsn: from.lsn, table: nameOf(next), key: null } } };
    }
    if (held !== null) yield [{ ...held, position: start }];
  } finally {
    drop(client);
  }
}

async function* readTable(
  { client, catalog, records, origin, from }: SnapshotOptions,
  table: Table,
  after: readonly string[] | null,
): AsyncGenerator<SourceRecord[], void, undefined> {
  const query = queryText(client);
  const columns = await columnsOf(table, query);
  const shape = await shapeOf(table, columns, await keyOfTable(table.oid, query), catalog, query);
  const key = shape.schema.key.map((name) => shape.columns.findIndex((column) => column.name === name));
  const here = { lsn: from.lsn, table: nameOf(table) };
  const whole: CdcPosition = { snapshot: { ...here, key: null } };
  const sql = selectSql(table, shape, after);
  const rows = new CopyText();
  for await (const chunk of copyOut(client, table, sql)) {
    const now = Date.now();
    const read = rows.rows(chunk).map((fields) => {
      const position =
        key.length === 0 ? whole : { snapshot: { ...here, key: key.map((index) => fields[index] ?? '') } };
      return records.read(shape, fields, origin, position, now);
    });
    if (read.length > 0) yield read;
  }
}

async function* copyOut(client: Client, table: Table, sql: string): AsyncGenerator<Buffer, void, undefined> {
  const { to } = await import('pg-copy-streams');
  try {
    const stream: AsyncIterable<Buffer> = client.query(to(`COPY (${sql}) TO STDOUT`));
    yield* stream;
  } catch (error) {
    const name = nameOf(table);
    const hint =
      sqlState(error) === '42501'
        ? `GRANT SELECT ON ${sqlNameOf(table)} TO ${client.user ?? 'USER'};`
        : undefined;
    throw postgresError(`cannot read table ${name}`, error, hint);
  }
}

function selectSql(
  table: Table,
  { columns, schema: { key } }: Shape,
  after: readonly string[] | null,
): string {
  const list = columns.map(({ name }) => quoteName(name)).join(', ');
  const select = `SELECT ${list} FROM ${sqlNameOf(table)}`;
  if (key.length === 0) return select;
  const order = key.map(quoteName).join(', ');
  const where = after === null ? '' : ` WHERE (${order}) > (${after.map(quoteLiteral).join(', ')})`;
  return `${select}${where} ORDER BY ${order}`;
}
