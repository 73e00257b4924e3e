import type { FieldType, ValueType } from '../../../src/sdk/schema.js';

/** Types that have an own word in schemas; the rest is text, with its name in `native`. */
const fieldTypeOf: Readonly<Record<number, FieldType>> = {
  16: 'bool',
  17: 'bytes',
  20: 'int64',
  21: 'int16',
  23: 'int32',
  26: 'int64',
  28: 'int64',
  114: 'json',
  700: 'float32',
  701: 'float64',
  1082: 'date',
  1083: 'time',
  1114: 'timestamp',
  1184: 'timestamptz',
  1700: 'decimal',
  2950: 'uuid',
  3802: 'json',
};

/** What PostgreSQL would make of the word alone: for these `native` would say nothing. */
const plainNames: Readonly<Partial<Record<FieldType, string>>> = {
  bool: 'boolean',
  bytes: 'bytea',
  int16: 'smallint',
  int32: 'integer',
  int64: 'bigint',
  float32: 'real',
  float64: 'double precision',
  decimal: 'numeric',
  string: 'text',
  json: 'jsonb',
  date: 'date',
  time: 'time without time zone',
  timestamp: 'timestamp without time zone',
  timestamptz: 'timestamp with time zone',
  uuid: 'uuid',
};

/** `name` is the type's without a modifier; `modifier` as in pg_attribute, -1 for none. */
export function valueTypeOf(oid: number, modifier: number, name: string): ValueType {
  const type = fieldTypeOf[oid] ?? 'string';
  const limits = limitsOf(oid, modifier);
  const full = withModifier(oid, modifier, name);
  if (full === plainNames[type]) return { type, ...limits };
  return { type, ...limits, native: { postgres: full } };
}

const header = 4;

function limitsOf(oid: number, modifier: number): Pick<ValueType, 'length' | 'precision' | 'scale'> {
  if (modifier < 0) return {};
  switch (oid) {
    case 1042:
    case 1043:
      return { length: modifier - header };
    case 1700: {
      const { precision, scale } = numericOf(modifier);
      // A negative scale rounds in front of the point: no digits behind it.
      return { precision: Math.max(precision, precision - scale), scale: Math.max(0, scale) };
    }
    default:
      return {};
  }
}

/** The scale is a signed number of 11 bits. */
function numericOf(modifier: number): { precision: number; scale: number } {
  const packed = modifier - header;
  return { precision: (packed >> 16) & 0xffff, scale: ((packed & 0x7ff) ^ 1024) - 1024 };
}

/** As `format_type(oid, modifier)` would write it. */
function withModifier(oid: number, modifier: number, name: string): string {
  // The bare name would mean one character.
  if (oid === 1042 && modifier < 0) return 'bpchar';
  if (modifier < 0) return name;
  switch (oid) {
    case 1042:
    case 1043:
      return `${name}(${String(modifier - header)})`;
    case 1700: {
      const { precision, scale } = numericOf(modifier);
      return `numeric(${String(precision)},${String(scale)})`;
    }
    case 1560:
    case 1562:
      return `${name}(${String(modifier)})`;
    case 1083:
    case 1114:
    case 1184:
    case 1266:
      return name.replace(/^(timestamp|time)/, `$1(${String(modifier)})`);
    case 1186:
      return intervalOf(modifier);
    default:
      return name;
  }
}

/** Only the precision; the range of fields (`interval year to month`) restricts input, which is past. */
function intervalOf(modifier: number): string {
  const precision = modifier & 0xffff;
  return precision === 0xffff ? 'interval' : `interval(${String(precision)})`;
}
