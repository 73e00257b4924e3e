import { JsonRows, namesOf, writeEscaped } from '../../sql/polling/json-rows.js';
import { keyOfJson, Row } from '../../sql/polling/row.js';
import type { ColumnType } from './catalog.js';
import {
  asText,
  decodeFloat,
  decodeInt64,
  decodeTimestamp,
  decodeTimestamptz,
  type Decode,
} from './decode.js';
import { unescaped } from './copy-text.js';

const [tab, newline, quote, backslash, space] = [0x09, 0x0a, 0x22, 0x5c, 0x20];
const [capitalN, capitalT, capitalZ, plus, zero, nine] = [0x4e, 0x54, 0x5a, 0x2b, 0x30, 0x39];

/** Writes the JSON of a field, from its first byte up to before `to`. There is room for six times as much. */
type Encode = (rows: JsonRows, input: Buffer, from: number, to: number) => void;

export interface CopyJsonColumn extends Pick<ColumnType, 'decode'> {
  readonly name: string;
}

/** Rows of `COPY … TO STDOUT` in its text format as JSON, from chunks that end anywhere. */
export class CopyJson {
  readonly #rows = new JsonRows();
  readonly #names: readonly Buffer[];
  readonly #encoders: readonly Encode[];
  /** Of columns that are in the key or in the place. */
  readonly #fields: Fields;
  #rest: Buffer | null = null;

  /** `place` and `key`: the columns that tell where a row stands, and what its key is made of. */
  constructor(columns: readonly CopyJsonColumn[], place: readonly number[], key: readonly number[]) {
    this.#names = namesOf(columns.map(({ name }) => name));
    this.#encoders = columns.map(({ decode }) => encoders.get(decode) ?? decoded(decode));
    this.#fields = new Fields(columns.length, place, key);
  }

  /** The rows that are whole now. */
  rows(chunk: Buffer): Row[] {
    const input = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    const rows: Row[] = [];
    let from = 0;
    for (let end = input.indexOf(newline); end >= 0; end = input.indexOf(newline, from)) {
      rows.push(this.#row(input, from, end));
      from = end + 1;
    }
    // Copied: the driver's buffer need not be kept for it.
    this.#rest = from === input.length ? null : Buffer.from(input.subarray(from));
    return rows;
  }

  #row(input: Buffer, start: number, end: number): Row {
    const rows = this.#rows;
    const fields = this.#fields;
    let from = start;
    for (let column = 0; column < this.#encoders.length; column += 1) {
      let to = from;
      while (to < end && input[to] !== tab) to += 1;
      rows.raw(this.#names[column] ?? none);
      const written = rows.length;
      rows.room((to - from) * 6 + 16);
      if (to - from === 2 && input[from] === backslash && input[from + 1] === capitalN) rows.raw(nullBytes);
      else this.#encoders[column]?.(rows, input, from, to);
      if (fields.isWanted[column] === 1) fields.note(column, from, to, written, rows.length);
      from = to + 1;
    }
    rows.raw(this.#encoders.length === 0 ? emptyRow : endOfRow);
    const key = fields.key(rows);
    const place = fields.place(input, key);
    return new Row(rows.cut(), key, place);
  }
}

const none = Buffer.alloc(0);
const nullBytes = Buffer.from('null');
const endOfRow = Buffer.from('}');
const emptyRow = Buffer.from('{}');

/** Where the columns of the key and the place are in a row: in what came, and in what was written. */
class Fields {
  readonly isWanted: Uint8Array;
  readonly #place: readonly number[];
  readonly #key: readonly number[];
  readonly #bounds: Int32Array;

  constructor(columns: number, place: readonly number[], key: readonly number[]) {
    this.isWanted = new Uint8Array(columns);
    for (const column of [...place, ...key]) this.isWanted[column] = 1;
    this.#place = place;
    this.#key = key;
    this.#bounds = new Int32Array(columns * 4);
  }

  note(column: number, from: number, to: number, written: number, end: number): void {
    const bounds = this.#bounds;
    bounds[column * 4] = from;
    bounds[column * 4 + 1] = to;
    bounds[column * 4 + 2] = written;
    bounds[column * 4 + 3] = end;
  }

  /** The database's own text; of one column its text alone. */
  place(input: Buffer, key: string | undefined): string | string[] {
    const [first = 0] = this.#place;
    if (this.#place.length !== 1) return this.#place.map((column) => this.#textIn(input, column));
    // One text for both, where they are the same: mostly it is a number that tells rows apart.
    const isKey = this.#key.length === 1 && this.#key[0] === first && key !== undefined;
    return isKey && this.#isSame(input, first, key) ? key : this.#textIn(input, first);
  }

  #textIn(input: Buffer, column: number): string {
    const text = textOf(input, this.#bounds[column * 4] ?? 0, this.#bounds[column * 4 + 1] ?? 0);
    return text === '\\N' ? '' : unescaped(text);
  }

  /** Whether the field is these digits. */
  #isSame(input: Buffer, column: number, digits: string): boolean {
    const from = this.#bounds[column * 4] ?? 0;
    if ((this.#bounds[column * 4 + 1] ?? 0) - from !== digits.length) return false;
    for (let index = 0; index < digits.length; index += 1) {
      const byte = input[from + index];
      if (byte === undefined || byte > nine || byte !== digits.charCodeAt(index)) return false;
    }
    return true;
  }

  key(rows: JsonRows): string | undefined {
    const bounds = this.#bounds;
    return keyOfJson(
      this.#key.map((column) =>
        column < 0 ? 'null' : rows.written(bounds[column * 4 + 2] ?? 0, bounds[column * 4 + 3]),
      ),
    );
  }
}

const textOf = (input: Buffer, from: number, to: number): string => input.toString('utf8', from, to);

/** Numbers are written alike. */
const plain: Encode = (rows, input, from, to) => {
  const { out } = rows;
  let { at } = rows;
  for (let index = from; index < to; index += 1) out[at++] = input[index] ?? 0;
  rows.at = at;
};

const text: Encode = (rows, input, from, to) => {
  const { out } = rows;
  let { at } = rows;
  out[at++] = quote;
  for (let index = from; index < to; index += 1) {
    const byte = input[index] ?? 0;
    if (byte === backslash) {
      index += 1;
      const meant = meanings[input[index] ?? 0] ?? input[index] ?? 0;
      at = meant < space || meant === backslash ? writeEscaped(out, at, meant) : write(out, at, meant);
    } else if (byte === quote || byte < space) at = writeEscaped(out, at, byte);
    else out[at++] = byte;
  }
  out[at++] = quote;
  rows.at = at;
};

function write(out: Buffer, at: number, byte: number): number {
  out[at] = byte;
  return at + 1;
}

/** What the letter behind a backslash stands for. */
const meanings: Readonly<Partial<Record<number, number>>> = {
  98: 8,
  102: 12,
  110: 10,
  114: 13,
  116: 9,
  118: 11,
};

/** As text where it is no safe integer. */
const int64: Encode = (rows, input, from, to) => {
  const isNumber = to - from <= 15 || Number.isSafeInteger(Number(textOf(input, from, to)));
  (isNumber ? plain : text)(rows, input, from, to);
};

/** The shortest digits, as in JSON; but for exponents, words such as `NaN`, and `-0`. */
const float: Encode = (rows, input, from, to) => {
  let isPlain = to - from > 2;
  for (let index = from; index < to; index += 1) if ((input[index] ?? 0) > nine) isPlain = false;
  (isPlain ? plain : exactFloat)(rows, input, from, to);
};

/** With `T` for the first blank; in UTC with `Z` for `+00`. */
const timestamp =
  (inUtc: boolean): Encode =>
  (rows, input, from, to) => {
    const { out } = rows;
    let { at } = rows;
    out[at++] = quote;
    let isDate = true;
    for (let index = from; index < to; index += 1) {
      const byte = input[index] ?? 0;
      if (isDate && byte === space) {
        out[at++] = capitalT;
        isDate = false;
      } else if (inUtc && byte === plus && input[index + 1] === zero && input[index + 2] === zero) {
        out[at++] = capitalZ;
        index += 2;
      } else out[at++] = byte;
    }
    out[at++] = quote;
    rows.at = at;
  };

/** Of any other type, by its value. */
const decoded =
  (decode: Decode): Encode =>
  (rows, input, from, to) => {
    rows.value(decode(unescaped(textOf(input, from, to))));
  };

const exactFloat = decoded(decodeFloat);

/** Types whose JSON is close enough to PostgreSQL's text to be made byte by byte. */
const encoders: ReadonlyMap<Decode, Encode> = new Map<Decode, Encode>([
  [asText, text],
  [Number, plain],
  [decodeInt64, int64],
  [decodeFloat, float],
  [decodeTimestamp, timestamp(false)],
  [decodeTimestamptz, timestamp(true)],
]);
