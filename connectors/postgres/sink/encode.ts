import type { JsonValue, ValueType } from '../../../src/sdk/index.js';
import { bad } from '../../sql/sink/change.js';
import type { RowText, Taken } from '../../sql/sink/packed/row-text.js';
import type { Sent } from '../../sql/sink/sent.js';

/** A type of PostgreSQL, as far as writing its values depends on it. */
export interface TargetType {
  /** As in pg_type. */
  readonly name: string;
  /** Of an array: the type of its elements. */
  readonly element: TargetType | null;
  readonly delimiter: string;
}

type Given = Exclude<JsonValue, null>;

/** PostgreSQL's text for a value; its own input functions take it from there. Throws `bad_data`. */
export function encodeText(value: Given, target: TargetType, type: ValueType | undefined): string {
  if (target.element !== null && Array.isArray(value)) return arrayText(value, target, target.element, type);
  switch (target.name) {
    case 'json':
    case 'jsonb':
      return type?.type === 'json' && typeof value === 'string' ? value : JSON.stringify(value);
    case 'bytea':
      if (typeof value === 'string') return bytesText(value);
      break;
  }
  return plainText(value);
}

const plainText = (value: Given): string => {
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function bytesText(text: string): string {
  if (text.startsWith('\\x')) return text;
  if (text.length % 4 === 0 && base64.test(text)) return `\\x${Buffer.from(text, 'base64').toString('hex')}`;
  throw bad('bytes come as base64, and this is none');
}

function arrayText(
  list: readonly JsonValue[],
  array: TargetType,
  element: TargetType,
  type: ValueType | undefined,
): string {
  const items = list.map((item) => {
    if (item === null) return 'NULL';
    if (Array.isArray(item)) return arrayText(item as readonly JsonValue[], array, element, type);
    return `"${encodeText(item, element, type?.items).replaceAll(/["\\]/g, '\\$&')}"`;
  });
  return `{${items.join(array.delimiter)}}`;
}

const special = /[\\\n\r\t]/;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Rows in the text format of COPY, made of JSON. */
export const rowText: RowText = {
  beforeRow: '',
  betweenFields: '\t',
  behindRow: '\n',
  betweenRows: '',
  null: '\\N',
  quote: '',
  escapes: new Map(Object.entries({ '\\': '\\', '\n': 'n', '\r': 'r', '\t': 't' })),
  mostBytes: Infinity,
  valueText: (value) => copyField(String(value)),
};

const looksAtText: ReadonlySet<string> = new Set(['json', 'jsonb', 'bytea']);

/** Where a value goes by what PostgreSQL reads of its text. */
export const takenBy = ({ name, element }: TargetType): Taken | undefined =>
  element === null && !looksAtText.has(name) ? 'text' : undefined;

/** Rows in the text format of COPY. */
export function copyText(rows: readonly (readonly Sent[])[]): string {
  let text = '';
  for (const row of rows) {
    let separator = '';
    for (const value of row) {
      text += separator + (value === null ? '\\N' : copyField(String(value)));
      separator = '\t';
    }
    text += '\n';
  }
  return text;
}

const copyField = (text: string): string =>
  special.test(text) ? text.replaceAll(/[\\\n\r\t]/g, (character) => escapes[character] ?? '') : text;
