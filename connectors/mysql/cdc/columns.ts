import type { JsonValue } from '../../../src/sdk/index.js';
import type { FieldType, ValueType } from '../../../src/sdk/schema.js';
import type { Texts } from '../connect.js';

/** A column as information_schema has it now. */
export interface Column {
  readonly name: string;
  /** `varchar`, `int`, `enum` … */
  readonly dataType: string;
  readonly isUnsigned: boolean;
  /** Of text; null: bytes, or no text at all. */
  readonly charset: string | null;
  /** Of an enum or set. */
  readonly members: readonly string[];
  /** Of `binary(n)`. */
  readonly length: number;
  readonly type: ValueType;
  readonly isKey: boolean;
  /** Makes its JSON of the text that the server answers a query with. Never called for null. */
  readonly fromText: (text: Buffer) => JsonValue;
}

export const columnsSql = (database: string, table: string): string => `
  SELECT COLUMN_NAME AS name, DATA_TYPE AS data_type, COLUMN_TYPE AS column_type, CHARACTER_SET_NAME AS charset,
         CHARACTER_MAXIMUM_LENGTH AS length, NUMERIC_PRECISION AS prec, NUMERIC_SCALE AS scale
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ${database} AND TABLE_NAME = ${table}
  ORDER BY ORDINAL_POSITION`;

export function columnOf(row: Texts, key: readonly string[]): Column {
  const text = (name: string): string => row[name] ?? '';
  const [name, dataType, columnType] = [text('name'), text('data_type'), text('column_type')];
  const isUnsigned = columnType.includes('unsigned');
  const type = typeOf(dataType, columnType, isUnsigned, row);
  return {
    name,
    dataType,
    isUnsigned,
    charset: row.charset ?? null,
    members: dataType === 'enum' || dataType === 'set' ? membersOf(columnType) : [],
    length: Number(text('length')),
    type,
    isKey: key.includes(name),
    fromText: decoderOf(type.type, dataType),
  };
}

function typeOf(dataType: string, columnType: string, isUnsigned: boolean, row: Texts): ValueType {
  const type = fieldTypeOf(dataType, isUnsigned);
  const native = { native: { mysql: columnType } };
  switch (type) {
    case 'decimal':
      return { type, precision: Number(row.prec), scale: Number(row.scale ?? 0), ...native };
    case 'string':
      return dataType === 'char' || dataType === 'varchar'
        ? { type, length: Number(row.length), ...native }
        : { type, ...native };
    default:
      return { type, ...native };
  }
}

function fieldTypeOf(dataType: string, isUnsigned: boolean): FieldType {
  switch (dataType) {
    case 'tinyint':
    case 'year':
      return 'int16';
    case 'smallint':
      return isUnsigned ? 'int32' : 'int16';
    case 'mediumint':
      return 'int32';
    case 'int':
      return isUnsigned ? 'int64' : 'int32';
    case 'bigint':
      return isUnsigned ? 'decimal' : 'int64';
    case 'decimal':
      return 'decimal';
    case 'float':
      return 'float32';
    case 'double':
      return 'float64';
    case 'date':
      return 'date';
    case 'time':
      return 'time';
    case 'datetime':
      return 'timestamp';
    case 'timestamp':
      return 'timestamptz';
    case 'uuid':
      return 'uuid';
    case 'binary':
    case 'varbinary':
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
    case 'bit':
    case 'geometry':
    case 'point':
    case 'linestring':
    case 'polygon':
    case 'multipoint':
    case 'multilinestring':
    case 'multipolygon':
    case 'geometrycollection':
      return 'bytes';
    default:
      return 'string';
  }
}

function decoderOf(type: FieldType, dataType: string): (text: Buffer) => JsonValue {
  switch (type) {
    case 'int16':
    case 'int32':
    case 'float64':
      return (text) => Number(text.toString('latin1'));
    case 'int64':
      return (text) => int64Of(BigInt(text.toString('latin1')));
    case 'float32':
      return (text) => float32Of(Number(text.toString('latin1')));
    case 'bytes':
      return (text) => text.toString('base64');
    case 'decimal':
      // ZEROFILL pads answers, not the binlog.
      return (text) => text.toString('latin1').replace(/^(-?)0+(?=\d)/, '$1');
    case 'timestamp':
      return (text) => text.toString('latin1').replace(' ', 'T');
    case 'timestamptz':
      return (text) => `${text.toString('latin1').replace(' ', 'T')}Z`;
    default:
      return dataType === 'date' || dataType === 'time'
        ? (text) => text.toString('latin1')
        : (text) => text.toString();
  }
}

/** A number while it is a safe integer, else its digits. */
export function int64Of(value: bigint): JsonValue {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** The shortest number that is the same in 32 bits. */
export function float32Of(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

/** Of `enum('a','it''s')`. */
export function membersOf(columnType: string): string[] {
  const list = columnType.slice(columnType.indexOf('(') + 1, columnType.lastIndexOf(')'));
  return [...list.matchAll(/'((?:[^']|'')*)'/g)].map(([, member = '']) => member.replaceAll("''", "'"));
}
