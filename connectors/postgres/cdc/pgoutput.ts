import type { Lsn } from './lsn.js';

/**
 * Messages of the output plugin pgoutput, protocol version 1, values as text (PostgreSQL, chapter "Logical
 * Replication Message Formats"). What has no bearing on rows is `other`.
 */
export type LogMessage =
  | { readonly kind: 'begin'; readonly commitLsn: Lsn; readonly committedAt: number; readonly txId: number }
  | { readonly kind: 'commit'; readonly commitLsn: Lsn; readonly endLsn: Lsn }
  | { readonly kind: 'relation'; readonly relation: Relation }
  | { readonly kind: 'insert'; readonly relation: number; readonly after: Tuple }
  | {
      readonly kind: 'update';
      readonly relation: number;
      readonly before: OldTuple | null;
      readonly after: Tuple;
    }
  | { readonly kind: 'delete'; readonly relation: number; readonly before: OldTuple }
  | { readonly kind: 'truncate'; readonly relations: readonly number[] }
  | { readonly kind: 'other' };

/** Values as text. null is null; undefined: it did not change, and is too large to be in the log (TOAST). */
export type Tuple = readonly (string | null | undefined)[];

/** `isKey`: only the columns of the replica identity are there, the others are null. */
export interface OldTuple {
  readonly isKey: boolean;
  readonly values: Tuple;
}

export interface Relation {
  /** Of pg_class; changes name it. */
  readonly id: number;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly RelationColumn[];
}

export interface RelationColumn {
  readonly name: string;
  /** Part of the replica identity; with REPLICA IDENTITY FULL every column is. */
  readonly isIdentity: boolean;
  readonly type: number;
  readonly modifier: number;
}

export function decodeMessage(bytes: Buffer): LogMessage {
  const reader = new Reader(bytes);
  switch (reader.character()) {
    case 'B':
      return { kind: 'begin', commitLsn: reader.lsn(), committedAt: reader.time(), txId: reader.uint32() };
    case 'C':
      reader.skip(1);
      return { kind: 'commit', commitLsn: reader.lsn(), endLsn: reader.lsn() };
    case 'R':
      return { kind: 'relation', relation: readRelation(reader) };
    case 'I': {
      const relation = reader.uint32();
      reader.skip(1);
      return { kind: 'insert', relation, after: readTuple(reader) };
    }
    case 'U':
      return readUpdate(reader);
    case 'D':
      return { kind: 'delete', relation: reader.uint32(), before: readOld(reader, reader.character()) };
    case 'T': {
      const count = reader.uint32();
      reader.skip(1);
      return { kind: 'truncate', relations: Array.from({ length: count }, () => reader.uint32()) };
    }
    default:
      return { kind: 'other' };
  }
}

function readRelation(reader: Reader): Relation {
  const id = reader.uint32();
  // The system's own schema is written as an empty name.
  const schema = reader.name() || 'pg_catalog';
  const table = reader.name();
  reader.skip(1);
  const columns = Array.from({ length: reader.uint16() }, () => ({
    isIdentity: (reader.uint8() & 1) !== 0,
    name: reader.name(),
    type: reader.uint32(),
    modifier: reader.int32(),
  }));
  return { id, schema, table, columns };
}

function readUpdate(reader: Reader): LogMessage {
  const relation = reader.uint32();
  const kind = reader.character();
  if (kind === 'N') return { kind: 'update', relation, before: null, after: readTuple(reader) };
  const before = readOld(reader, kind);
  reader.skip(1);
  return { kind: 'update', relation, before, after: readTuple(reader) };
}

const readOld = (reader: Reader, kind: string): OldTuple => ({
  isKey: kind === 'K',
  values: readTuple(reader),
});

function readTuple(reader: Reader): Tuple {
  const values: (string | null | undefined)[] = new Array<string | null>(reader.uint16());
  for (let index = 0; index < values.length; index++) {
    const kind = reader.character();
    if (kind === 't') values[index] = reader.text(reader.uint32());
    else if (kind === 'n') values[index] = null;
    else if (kind === 'u') values[index] = undefined;
    else throw new Error(`a value of kind ${JSON.stringify(kind)} was not asked for`);
  }
  return values;
}

/** Milliseconds from 1970 to 2000, where PostgreSQL's time begins. */
const epoch = 946_684_800_000;

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(count: number): void {
    this.#at += count;
  }

  character(): string {
    return String.fromCharCode(this.uint8());
  }

  uint8(): number {
    const value = this.#bytes.readUInt8(this.#at);
    this.#at += 1;
    return value;
  }

  uint16(): number {
    const value = this.#bytes.readUInt16BE(this.#at);
    this.#at += 2;
    return value;
  }

  uint32(): number {
    const value = this.#bytes.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  int32(): number {
    const value = this.#bytes.readInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  lsn(): Lsn {
    const value = this.#bytes.readBigUInt64BE(this.#at);
    this.#at += 8;
    return value;
  }

  /** Milliseconds since 1970. */
  time(): number {
    const micros = this.#bytes.readBigInt64BE(this.#at);
    this.#at += 8;
    return epoch + Math.floor(Number(micros) / 1000);
  }

  /** Ends with a zero byte. */
  name(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new Error('a name in the log does not end');
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  text(length: number): string {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error('a value in the log does not end');
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    return text;
  }
}
