import type { JsonValue, ValueType } from '../../../src/sdk/index.js';
import type { Field } from '../connect.js';

/** What the values of a column are, and how to make them of the server's text. */
export interface ColumnType {
  readonly type: ValueType;
  readonly decode: (bytes: Buffer) => JsonValue;
  readonly isInteger: boolean;
}

export const text = (bytes: Buffer): string => bytes.toString();
export const number = (bytes: Buffer): number => Number(bytes.toString());
const base64 = (bytes: Buffer): string => bytes.toString('base64');
const dateTime = (bytes: Buffer): string => bytes.toString().replace(' ', 'T');
const inUtc = (bytes: Buffer): string => `${dateTime(bytes)}Z`;

/** Of 15 digits at the most each is a safe integer. */
export function int64(bytes: Buffer): JsonValue {
  const digits = bytes.toString();
  const value = Number(digits);
  return digits.length <= 15 || Number.isSafeInteger(value) ? value : digits;
}

const json = (bytes: Buffer): JsonValue => {
  const given = bytes.toString();
  const parsed = JSON.parse(given) as JsonValue;
  const isSame = typeof parsed !== 'string' && parsed !== null && !/\d[\d.]{15}|\d[eE]/.test(given);
  return isSame ? parsed : given;
};

const bits = (bytes: Buffer): JsonValue => {
  const value = BigInt(`0x${bytes.toString('hex')}`);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
};

const binaryCharset = 63;
const unsignedFlag = 32;
const [enumFlag, setFlag] = [256, 2048];

/** The numbers are those of the protocol (enum_field_types). `name` is the full type where it is a table's column. */
export function columnType(field: Field, name: string | null): ColumnType {
  const { type, decode, isInteger = false } = plainType(field);
  return {
    type: name === null || isPlain(type, name) ? type : { ...type, native: { mysql: name } },
    decode,
    isInteger,
  };
}

/** Whether the type would be made again without its name. */
/** MariaDB calls its json longtext. */
const isPlain = ({ type }: ValueType, name: string): boolean => type === 'json' || plainNames[type] === name;
const plainNames: Readonly<Partial<Record<ValueType['type'], string>>> = {
  int16: 'smallint(6)',
  int32: 'int(11)',
  int64: 'bigint(20)',
  float64: 'double',
  date: 'date',
};

interface Plain {
  readonly type: ValueType;
  readonly decode: (bytes: Buffer) => JsonValue;
  readonly isInteger?: boolean;
}

function plainType(field: Field): Plain {
  const { columnType: code, flags, characterSet, columnLength, decimals } = field;
  if (field.extendedFormat === 'json') return { type: { type: 'json' }, decode: json };
  const isUnsigned = (flags & unsignedFlag) !== 0;
  switch (code) {
    case 1:
    case 2:
      // Unsigned, two bytes go beyond int16.
      return {
        type: { type: code === 2 && isUnsigned ? 'int32' : 'int16' },
        decode: number,
        isInteger: true,
      };
    case 13:
      return { type: { type: 'int16' }, decode: number };
    case 3:
    case 9:
      return {
        type: { type: code === 3 && isUnsigned ? 'int64' : 'int32' },
        decode: number,
        isInteger: true,
      };
    case 8:
      return isUnsigned
        ? { type: { type: 'decimal', precision: 20, scale: 0 }, decode: text, isInteger: true }
        : { type: { type: 'int64' }, decode: int64, isInteger: true };
    case 4:
      return { type: { type: 'float32' }, decode: number };
    case 5:
      return { type: { type: 'float64' }, decode: number };
    case 0:
    case 246: {
      const signs = (isUnsigned ? 0 : 1) + (decimals > 0 ? 1 : 0);
      return { type: { type: 'decimal', precision: columnLength - signs, scale: decimals }, decode: text };
    }
    case 10:
    case 14:
      return { type: { type: 'date' }, decode: text };
    case 11:
      return { type: { type: 'time' }, decode: text };
    case 12:
      return { type: { type: 'timestamp' }, decode: dateTime };
    case 7:
      return { type: { type: 'timestamptz' }, decode: inUtc };
    case 16:
      return {
        type: { type: columnLength === 64 ? 'decimal' : 'int64' },
        decode: columnLength === 64 ? (bytes) => BigInt(`0x${bytes.toString('hex')}`).toString() : bits,
      };
    case 245:
      return { type: { type: 'json' }, decode: json };
    case 255:
      return { type: { type: 'bytes' }, decode: base64 };
    default: {
      const isText = characterSet !== binaryCharset || (flags & (enumFlag | setFlag)) !== 0;
      return isText
        ? { type: { type: 'string' }, decode: text }
        : { type: { type: 'bytes' }, decode: base64 };
    }
  }
}
