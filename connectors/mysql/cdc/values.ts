import type { JsonValue } from '../../../src/sdk/index.js';
import { float32Of, int64Of, type Column } from './columns.js';
import type { Reader } from './reader.js';
import { charsetText } from './charset.js';
import { readDate, readDateTime, readTime, readTimestamp, yearOf } from './times.js';

/** The types of the binlog; `wire` numbers are those of MySQL's protocol. */
const wireTypes: Readonly<Record<number, readonly string[]>> = {
  1: ['tinyint'],
  2: ['smallint'],
  3: ['int'],
  4: ['float'],
  5: ['double'],
  8: ['bigint'],
  9: ['mediumint'],
  10: ['date'],
  13: ['year'],
  15: ['varchar', 'varbinary'],
  16: ['bit'],
  17: ['timestamp'],
  18: ['datetime'],
  19: ['time'],
  246: ['decimal'],
  247: ['enum'],
  248: ['set'],
  252: ['tinyblob', 'blob', 'mediumblob', 'longblob', 'tinytext', 'text', 'mediumtext', 'longtext'],
  254: ['char', 'binary', 'uuid', 'inet4', 'inet6'],
  255: [
    'geometry',
    'point',
    'linestring',
    'polygon',
    'multipoint',
    'multilinestring',
    'multipolygon',
    'geometrycollection',
  ],
};

/** Of a string, enum or set: the two bytes tell which, and how long it may be. */
function stringOf(metadata: number): { wire: number; length: number } {
  const [first, second] = [metadata & 0xff, metadata >> 8];
  if (first === 247 || first === 248) return { wire: first, length: second };
  if ((first & 0x30) === 0x30) return { wire: first, length: second };
  return { wire: first | 0x30, length: second | (((first & 0x30) ^ 0x30) << 4) };
}

/** Whether the log's type is that of the column. */
export function isOfType(wire: number, metadata: number, { dataType }: Column): boolean {
  const real = wire === 254 ? stringOf(metadata).wire : wire;
  return wireTypes[real]?.includes(dataType) ?? false;
}

export function readValue(reader: Reader, wire: number, metadata: number, column: Column): JsonValue {
  switch (wire) {
    case 1:
      return column.isUnsigned ? reader.uint(1) : reader.int(1);
    case 2:
      return column.isUnsigned ? reader.uint(2) : reader.int(2);
    case 9:
      return column.isUnsigned ? reader.uint(3) : reader.int(3);
    case 3:
      return column.isUnsigned ? reader.uint(4) : reader.int(4);
    case 8:
      return column.isUnsigned ? String(reader.uint64()) : int64Of(reader.int64());
    case 4:
      return float32Of(reader.float());
    case 5:
      return reader.double();
    case 246:
      return readDecimal(reader, metadata & 0xff, metadata >> 8);
    case 10:
      return readDate(reader);
    case 13:
      return yearOf(reader.uint(1));
    case 17:
      return readTimestamp(reader, metadata);
    case 18:
      return readDateTime(reader, metadata);
    case 19:
      return readTime(reader, metadata);
    case 16: {
      const [bits, bytes] = [metadata & 0xff, metadata >> 8];
      return reader.take(bytes + (bits > 0 ? 1 : 0)).toString('base64');
    }
    case 15:
    case 253:
      return stringText(reader.take(reader.uint(metadata > 255 ? 2 : 1)), column);
    case 252:
    case 255:
      return stringText(reader.take(reader.uint(metadata)), column);
    case 254: {
      const { wire: real, length } = stringOf(metadata);
      if (real === 247) return memberOf(reader.uint(length), column);
      if (real === 248) return setOf(reader.take(length), column);
      return stringText(reader.take(reader.uint(length > 255 ? 2 : 1)), column);
    }
    default:
      throw new Error(`column ${column.name} has type ${String(wire)} in the binlog, which is not known`);
  }
}

const memberOf = (index: number, { members }: Column): string =>
  index === 0 ? '' : (members[index - 1] ?? '');

const setOf = (bits: Buffer, { members }: Column): string =>
  members.filter((_member, index) => ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0).join(',');

function stringText(bytes: Buffer, column: Column): JsonValue {
  switch (column.dataType) {
    case 'uuid':
      return uuidText(padded(bytes, 16));
    case 'inet4':
      return [...padded(bytes, 4)].join('.');
    case 'inet6':
      return inet6Text(padded(bytes, 16));
    case 'binary':
      // Zeros at the end are not in the log.
      return padded(bytes, column.length).toString('base64');
    default:
      return column.charset === null ? bytes.toString('base64') : charsetText(bytes, column.charset);
  }
}

const padded = (bytes: Buffer, length: number): Buffer =>
  bytes.length >= length ? bytes : Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);

/** MariaDB stores the parts of versions 1 to 5 from the last to the first, so that times are in order. */
function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The longest stretch of zeros is left out (RFC 5952), as MariaDB writes it. */
function inet6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2));
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return `::ffff:${[...bytes.subarray(12)].join('.')}`;
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (best.length < 2) return text(0, 8);
  return `${text(0, best.start)}::${text(best.start + best.length, 8)}`;
}

const bytesOfDigits = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const;

/** Groups of nine digits in four bytes, fewer where they do not fill one; the first bit is set for what is not negative. */
function readDecimal(reader: Reader, precision: number, scale: number): string {
  const whole = precision - scale;
  const [first, last] = [whole % 9, scale % 9];
  const sizes = [
    ...(first > 0 ? [{ digits: first, isFraction: false }] : []),
    ...Array.from({ length: Math.floor(whole / 9) }, () => ({ digits: 9, isFraction: false })),
    ...Array.from({ length: Math.floor(scale / 9) }, () => ({ digits: 9, isFraction: true })),
    ...(last > 0 ? [{ digits: last, isFraction: true }] : []),
  ];
  const length = sizes.reduce((sum, { digits }) => sum + (bytesOfDigits[digits] ?? 0), 0);
  const bytes = Buffer.from(reader.take(length));
  const isNegative = (bytes.readUInt8(0) & 0x80) === 0;
  bytes[0] = bytes.readUInt8(0) ^ 0x80;
  if (isNegative) for (let index = 0; index < length; index += 1) bytes[index] = ~bytes.readUInt8(index);
  let at = 0;
  let [integer, fraction] = ['', ''];
  for (const { digits, isFraction } of sizes) {
    const size = bytesOfDigits[digits] ?? 0;
    const group = String(bytes.readUIntBE(at, size)).padStart(digits, '0');
    at += size;
    if (isFraction) fraction += group;
    else integer += group;
  }
  const text = integer.replace(/^0+/, '') || '0';
  return `${isNegative ? '-' : ''}${text}${scale > 0 ? `.${fraction}` : ''}`;
}
