import { JsonRows, namesOf } from '../../sql/polling/json-rows.js';
import { keyOfJson, Row } from '../../sql/polling/row.js';
import { int64, number, text, type ColumnType } from './types.js';

type Encode = (rows: JsonRows, bytes: Buffer) => void;

/** Rows of an answer as JSON. */
export class RowsJson {
  readonly #rows = new JsonRows();
  readonly #names: readonly Buffer[];
  readonly #encoders: readonly Encode[];
  readonly #place: readonly number[];
  readonly #key: readonly number[];
  /** Where the field of each column begins in the row, and where it ends. */
  readonly #bounds: Int32Array;

  /** `place` and `key`: the columns that tell where a row stands, and what its key is made of. */
  constructor(
    columns: readonly (Pick<ColumnType, 'decode'> & { readonly name: string })[],
    place: readonly number[],
    key: readonly number[],
  ) {
    this.#names = namesOf(columns.map(({ name }) => name));
    this.#encoders = columns.map(
      ({ decode }) =>
        encoders.get(decode) ??
        ((rows, bytes) => {
          rows.value(decode(bytes));
        }),
    );
    this.#place = place;
    this.#key = key;
    this.#bounds = new Int32Array(columns.length * 2);
  }

  row(fields: readonly (Buffer | null)[]): Row {
    const rows = this.#rows;
    const bounds = this.#bounds;
    for (let column = 0; column < this.#encoders.length; column += 1) {
      const field = fields[column] ?? null;
      rows.raw(this.#names[column] ?? nothing);
      bounds[column * 2] = rows.length;
      if (field === null) rows.raw(nullBytes);
      else this.#encoders[column]?.(rows, field);
      bounds[column * 2 + 1] = rows.length;
    }
    rows.raw(endOfRow);
    const key = keyOfJson(
      this.#key.map((column) =>
        column < 0 ? 'null' : rows.written(bounds[column * 2] ?? 0, bounds[column * 2 + 1]),
      ),
    );
    const place = this.#place.map((column) => fields[column]?.toString() ?? '');
    return new Row(rows.cut(), key, place.length === 1 ? (place[0] ?? '') : place);
  }
}

const nothing = Buffer.alloc(0);
const nullBytes = Buffer.from('null');
const endOfRow = Buffer.from('}');
const [zero, nine, minus] = [0x30, 0x39, 0x2d];

/** Digits as they are, but for those that ZEROFILL pads. */
const digits: Encode = (rows, bytes) => {
  if (bytes[bytes[0] === minus ? 1 : 0] === zero && bytes.length > 1) rows.value(number(bytes));
  else rows.raw(bytes);
};

/** A float too has its exponent, and its zeros, as the server writes them: they are read, so that a key is the same everywhere. */
const digitsOrFloat: Encode = (rows, bytes) => {
  if (bytes.some((byte) => byte > nine || (byte < zero && byte !== minus))) rows.value(number(bytes));
  else digits(rows, bytes);
};

/** Types whose JSON is close enough to the server's text to be made of it byte by byte. */
const encoders: ReadonlyMap<ColumnType['decode'], Encode> = new Map<ColumnType['decode'], Encode>([
  [
    text,
    (rows, bytes) => {
      rows.text(bytes);
    },
  ],
  [number, digitsOrFloat],
  [
    int64,
    (rows, bytes) => {
      if (bytes.length <= 15) digits(rows, bytes);
      else rows.value(int64(bytes));
    },
  ],
]);
