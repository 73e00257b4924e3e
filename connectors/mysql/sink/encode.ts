import type { JsonValue, ValueType } from '../../../src/sdk/index.js';
import { bad } from '../../sql/sink/change.js';
import type { RowText, Taken } from '../../sql/sink/packed/row-text.js';
import { Digits, type Sent } from '../../sql/sink/sent.js';
import { escapes, isNumber, quoteText } from '../quote.js';

type Given = Exclude<JsonValue, null>;

const numbers = new Set('tinyint smallint mediumint int bigint decimal float double bit year'.split(' '));
const bytes = new Set('binary varbinary tinyblob blob mediumblob longblob geometry point'.split(' '));
const times = new Set(['datetime', 'timestamp', 'date', 'time']);

/** What a column of this `data_type` takes for a value. Throws `bad_data`. */
export function encodeValue(value: Given, dataType: string, type: ValueType | undefined): Sent {
  if (dataType === 'json') {
    return type?.type === 'json' && typeof value === 'string' ? value : JSON.stringify(value);
  }
  if (typeof value === 'object') return JSON.stringify(value);
  if (numbers.has(dataType)) {
    const text = typeof value === 'boolean' ? String(Number(value)) : String(value);
    // What is none is the server's to refuse, with its own words.
    return isNumber(text) ? new Digits(text) : text;
  }
  const text = String(value);
  if (bytes.has(dataType)) return bytesOf(text);
  return times.has(dataType) ? timeText(text) : text;
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function bytesOf(text: string): Buffer {
  if (text.length % 4 === 0 && base64.test(text)) return Buffer.from(text, 'base64');
  throw bad('bytes come as base64, and this is none');
}

/** `2026-01-31T08:00:00.5Z` as the server writes it; the session's zone is UTC. */
const timeText = (text: string): string => text.replace(/^(\d+-\d+-\d+)T/, '$1 ').replace(/Z$/, '');

/** A server takes 16 MiB at a time, or what its max_allowed_packet says. */
export const mostCharacters = 1024 * 1024;

/** Rows as the values of an INSERT, made of JSON. */
export const rowText: RowText = {
  beforeRow: '(',
  betweenFields: ', ',
  behindRow: ')',
  betweenRows: ', ',
  null: 'NULL',
  quote: "'",
  escapes: new Map(Object.entries(escapes).map(([character, escaped]) => [character, escaped.slice(1)])),
  mostBytes: mostCharacters,
  valueText: literal,
};

/** What a column of this `data_type` takes without a look at the value. */
export function takenBy(dataType: string): Taken | undefined {
  if (numbers.has(dataType)) return 'number';
  return dataType === 'json' || bytes.has(dataType) || times.has(dataType) ? undefined : 'text';
}

export function literal(value: Sent): string {
  if (value === null) return 'NULL';
  if (value instanceof Digits) return value.text;
  return Buffer.isBuffer(value) ? `X'${value.toString('hex')}'` : quoteText(value);
}
