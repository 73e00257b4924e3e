import type { Client } from 'pg';
import type { SourceRecord } from '../../../src/sdk/index.js';
import { selectBehind, snapshot, snapshotPosition } from '../../sql/cdc/snapshot.js';
import { drop } from '../connect.js';
import { grantHint } from '../grant.js';
import { postgresError } from '../postgres-error.js';
import { CopyText } from '../types/copy-text.js';
import type { TypeCatalog } from '../types/catalog.js';
import type { LogPosition, SnapshotPosition } from './position.js';
import type { RecordMaker, Origin } from './records.js';
import { quoteName, quoteText } from '../quote.js';
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

/** Begins a transaction that sees the moment `moment` was exported at, or now. */
export async function beginReading(client: Client, moment: string | null): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  // A server may end long transactions that do not ask anything: ours waits for the broker.
  await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
  await client.query('SET LOCAL statement_timeout = 0');
  if (moment !== null) await client.query(`SET TRANSACTION SNAPSHOT ${quoteText(moment)}`);
}

/** All rows of the tables behind `from`: see `snapshot`. */
export function readTables(options: SnapshotOptions): AsyncGenerator<SourceRecord[], void, undefined> {
  const { client, tables, from } = options;
  const log: LogPosition = { lsn: from.lsn, index: -1 };
  return snapshot<Table>({
    tables,
    nameOf,
    from,
    place: { lsn: from.lsn },
    log,
    rows: (table, after) => readTable(options, table, after),
    end: () => {
      drop(client);
    },
  });
}

async function* readTable(
  { client, catalog, records, origin, from: { lsn } }: SnapshotOptions,
  table: Table,
  after: readonly string[] | null,
): AsyncGenerator<SourceRecord[], void, undefined> {
  const query = queryText(client);
  const columns = await columnsOf(table, query);
  const shape = await shapeOf(table, columns, await keyOfTable(table.oid, query), catalog, query);
  const key = shape.schema.key.map((name) => shape.columns.findIndex((column) => column.name === name));
  const name = nameOf(table);
  const rows = new CopyText();
  for await (const chunk of copyOut(client, table, selectSql(table, shape, after))) {
    const now = Date.now();
    const read = rows.rows(chunk).map((fields) => {
      const place = key.length === 0 ? null : key.map((index) => fields[index] ?? '');
      return records.read(shape, fields, origin, snapshotPosition({ lsn }, name, place), now);
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
    const hint = grantHint(client, error, 'SELECT', sqlNameOf(table));
    throw postgresError(`cannot read table ${name}`, error, hint);
  }
}

function selectSql(
  table: Table,
  { columns, schema: { key } }: Shape,
  after: readonly string[] | null,
): string {
  const list = columns.map(({ name }) => quoteName(name));
  return selectBehind(list, sqlNameOf(table), key.map(quoteName), after?.map(quoteText) ?? null);
}
