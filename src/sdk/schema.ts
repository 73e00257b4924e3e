/**
 * What the fields of a record's value are, where its source knows it better than JSON can say. The values
 * themselves are JSON, and lose nothing:
 * - `int16`, `int32`, `float32`, `float64`: numbers; NaN and the infinities as text
 * - `int64`: a number as long as it is a safe integer, else its decimal text
 * - `decimal`: decimal text; `uuid`: its text
 * - `bytes`: base64
 * - `date`: `YYYY-MM-DD`; `time`: `HH:MM:SS.ffffff`; `timestamp`: `YYYY-MM-DDTHH:MM:SS.ffffff`, of no zone;
 *   `timestamptz`: the same in UTC with `Z` behind it. Zeros at the end of the fraction may be left out
 * - `json`: the JSON value; as text where it holds a number that JavaScript would change
 * - `array`: a list of what `items` says, for more dimensions of lists
 */
export const fieldTypes = [
  'bool',
  'int16',
  'int32',
  'int64',
  'float32',
  'float64',
  'decimal',
  'string',
  'bytes',
  'json',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'uuid',
  'array',
] as const;
export type FieldType = (typeof fieldTypes)[number];

/** What one value is. */
export interface ValueType {
  readonly type: FieldType;
  /** The most characters or bytes. */
  readonly length?: number | undefined;
  /** Of a decimal: all its digits. */
  readonly precision?: number | undefined;
  /** Of a decimal: the digits behind the point. */
  readonly scale?: number | undefined;
  /** Of an array. */
  readonly items?: ValueType | undefined;
  /** The type in the words of a system, by its name: `{"postgres":"tsvector"}`. It makes it again exactly. */
  readonly native?: Readonly<Record<string, string>> | undefined;
}

export interface SchemaField extends ValueType {
  readonly name: string;
  /** It may be null or absent. */
  readonly optional?: boolean | undefined;
}

/** Sources give all records of one shape the same object: what is made of it is made once. */
export interface Schema {
  /** What it describes: `public.orders`. */
  readonly name: string;
  /** The names of the fields that tell one row from another; may be empty. */
  readonly key: readonly string[];
  readonly fields: readonly SchemaField[];
}
