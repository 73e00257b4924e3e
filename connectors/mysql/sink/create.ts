import type { FieldType, ValueType } from '../../../src/sdk/index.js';
import type { NewColumn } from '../../sql/sink/session.js';
import { quoteName } from '../quote.js';

const typeNames: Readonly<Record<FieldType, string>> = {
  bool: 'tinyint(1)',
  int16: 'smallint',
  int32: 'int',
  int64: 'bigint',
  float32: 'float',
  float64: 'double',
  decimal: 'decimal(65,30)',
  string: 'longtext',
  bytes: 'longblob',
  json: 'json',
  date: 'date',
  time: 'time(6)',
  timestamp: 'datetime(6)',
  timestamptz: 'timestamp(6)',
  uuid: 'char(36)',
  array: 'json',
};

/** What stands in a key must be short: 191 characters fit into every index. */
const keyNames: Readonly<Partial<Record<FieldType, string>>> = {
  string: 'varchar(191)',
  bytes: 'varbinary(255)',
};
const [mostCharacters, mostDigits, mostScale] = [16_000, 65, 30];

/** `name type NULL` for each column. */
export const columnDefinitions = (columns: readonly NewColumn[], key: readonly string[]): string[] =>
  columns.map(
    ({ name, type, isOptional }) =>
      `${quoteName(name)} ${typeSql(type, key.includes(name))} ${isOptional ? 'NULL' : 'NOT NULL'}`,
  );

/** MySQL's own type where the schema names it, else what comes next to it. */
function typeSql(type: ValueType, isKey: boolean): string {
  const native = type.native?.mysql;
  if (native !== undefined && isTypeText(native)) return native;
  const { length, precision, scale = 0 } = type;
  if (length !== undefined && length <= mostCharacters) {
    if (type.type === 'string') return `varchar(${String(length)})`;
    if (type.type === 'bytes') return `varbinary(${String(length)})`;
  }
  if (type.type === 'decimal' && precision !== undefined && precision <= mostDigits && scale <= mostScale) {
    return `decimal(${String(precision)},${String(scale)})`;
  }
  return (isKey ? keyNames[type.type] : undefined) ?? typeNames[type.type];
}

/** The text comes from a message and goes into a statement: words, numbers and quoted texts, as types have. */
const isTypeText = (text: string): boolean =>
  /^[a-z][a-z0-9]*(?:\((?:\d+(?:,\d+)?|'(?:[^'\\]|'')*'(?:,'(?:[^'\\]|'')*')*)\))?(?: unsigned| zerofill)*$/i.test(
    text,
  );
