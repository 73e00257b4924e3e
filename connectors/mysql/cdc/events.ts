import { Reader } from './reader.js';

/** Events of the binlog, as far as they matter (formats: MariaDB's and MySQL's documentation of replication). */
export type BinlogEvent =
  | { readonly kind: 'rotate'; readonly file: string; readonly pos: number; readonly isReal: boolean }
  | { readonly kind: 'gtid'; readonly gtid: string | null; readonly at: number }
  | {
      readonly kind: 'query';
      readonly database: string;
      readonly sql: string;
      readonly end: number;
      readonly at: number;
    }
  | { readonly kind: 'table'; readonly table: TableMap }
  | { readonly kind: 'rows'; readonly rows: RowsEvent }
  | { readonly kind: 'commit'; readonly end: number }
  /** What follows was written into its binlog by this server. */
  | { readonly kind: 'server'; readonly server: number; readonly end: number }
  /** Neither in a transaction nor of interest; the log is read up to here. */
  | { readonly kind: 'passed'; readonly end: number }
  | { readonly kind: 'unreadable'; readonly what: string; readonly hint: string }
  | { readonly kind: 'other' };

export interface TableMap {
  readonly id: number;
  readonly database: string;
  readonly table: string;
  readonly types: Buffer;
  /** Of each column, as two bytes. */
  readonly metadata: readonly number[];
  /** With `binlog_row_metadata = FULL`, else null. */
  readonly names: readonly string[] | null;
}

export interface RowsEvent {
  readonly op: 'c' | 'u' | 'd';
  readonly table: number;
  readonly columns: number;
  /** Which columns are in the first (before, of an update) and the second image, bit by bit. */
  readonly present: Buffer;
  readonly presentAfter: Buffer;
  readonly reader: Reader;
}

const headerLength = 19;

/** `event` without its checksum. */
export function decodeEvent(event: Buffer): BinlogEvent {
  const at = event.readUInt32LE(0) * 1000;
  const type = event.readUInt8(4);
  const end = event.readUInt32LE(13);
  const reader = new Reader(event, headerLength);
  switch (type) {
    case 2:
      return readQuery(reader, end, at);
    case 4:
      return {
        kind: 'rotate',
        pos: Number(reader.uint64()),
        file: reader.text(reader.left),
        isReal: end > 0,
      };
    case 16:
      return { kind: 'commit', end };
    case 19:
      return { kind: 'table', table: readTableMap(reader) };
    case 23:
    case 24:
    case 25:
      return { kind: 'rows', rows: readRows(reader, rowsOps[type - 23] ?? 'c', false) };
    case 30:
    case 31:
    case 32:
      return { kind: 'rows', rows: readRows(reader, rowsOps[type - 30] ?? 'c', true) };
    case 33: {
      reader.skip(1);
      const source = reader
        .take(16)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
      return { kind: 'gtid', gtid: `${source}:${String(reader.uint64())}`, at };
    }
    case 34:
      return { kind: 'gtid', gtid: null, at };
    case 162: {
      const server = event.readUInt32LE(5);
      const sequence = reader.uint64();
      const domain = reader.uint(4);
      return { kind: 'gtid', gtid: `${String(domain)}-${String(server)}-${String(sequence)}`, at };
    }
    // Format description: the first event of each file.
    case 15:
      return { kind: 'server', server: event.readUInt32LE(5), end };
    // Heartbeat, lists of GTIDs, checkpoints.
    case 27:
    case 35:
    case 161:
    case 163:
      return { kind: 'passed', end };
    case 39:
    case 40:
      return {
        kind: 'unreadable',
        what: type === 39 ? 'partial JSON updates' : 'compressed transactions',
        hint:
          type === 39
            ? "SET GLOBAL binlog_row_value_options = ''"
            : 'SET GLOBAL binlog_transaction_compression = OFF',
      };
    case 165:
    case 166:
    case 167:
    case 168:
    case 169:
    case 170:
    case 171:
      return { kind: 'unreadable', what: 'compressed events', hint: 'SET GLOBAL log_bin_compress = OFF' };
    default:
      return { kind: 'other' };
  }
}

const rowsOps = ['c', 'u', 'd'] as const;

function readQuery(reader: Reader, end: number, at: number): BinlogEvent {
  reader.skip(8);
  const databaseLength = reader.uint(1);
  reader.skip(2);
  reader.skip(reader.uint(2));
  const database = reader.text(databaseLength);
  reader.skip(1);
  return { kind: 'query', database, sql: reader.text(reader.left), end, at };
}

function readTableMap(reader: Reader): TableMap {
  const id = reader.uint(6);
  reader.skip(2);
  const database = reader.text(reader.uint(1));
  reader.skip(1);
  const table = reader.text(reader.uint(1));
  reader.skip(1);
  const types = reader.take(reader.packed());
  const block = new Reader(reader.take(reader.packed()));
  const metadata = [...types].map((type) => block.uint(metadataLength(type)));
  reader.skip((types.length + 7) >> 3);
  return { id, database, table, types, metadata, names: namesIn(reader) };
}

/** In the optional metadata behind: type, length, value. */
function namesIn(reader: Reader): readonly string[] | null {
  const columnName = 4;
  while (reader.left > 0) {
    const type = reader.uint(1);
    const value = new Reader(reader.take(reader.packed()));
    if (type !== columnName) continue;
    const names: string[] = [];
    while (value.left > 0) names.push(value.text(value.packed()));
    return names;
  }
  return null;
}

/** 0 bytes are read as 0. */
function metadataLength(type: number): number {
  switch (type) {
    case 4:
    case 5:
    case 17:
    case 18:
    case 19:
    case 140:
    case 245:
    case 252:
    case 255:
      return 1;
    case 15:
    case 16:
    case 141:
    case 246:
    case 247:
    case 248:
    case 253:
    case 254:
      return 2;
    default:
      return 0;
  }
}

function readRows(reader: Reader, op: RowsEvent['op'], hasExtra: boolean): RowsEvent {
  const table = reader.uint(6);
  reader.skip(2);
  if (hasExtra) reader.skip(reader.uint(2) - 2);
  const columns = reader.packed();
  const bitmap = (columns + 7) >> 3;
  const present = reader.take(bitmap);
  return { op, table, columns, present, presentAfter: op === 'u' ? reader.take(bitmap) : present, reader };
}
