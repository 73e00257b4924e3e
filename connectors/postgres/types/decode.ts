import type { JsonValue } from '../../../src/sdk/index.js';
import { decodeJsonText } from './json-text.js';

/** Makes a value's JSON of PostgreSQL's text for it, as `src/sdk/schema.ts` says. Never called for null. */
export type Decode = (text: string) => JsonValue;

export const asText: Decode = (text) => text;

/** Numbers but for what JSON has none for. */
export const decodeFloat: Decode = (text) => {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
};

/** Of 15 digits at the most each is a safe integer. */
export const decodeInt64: Decode = (text) => {
  if (text.length <= 15) return Number(text);
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
};

const decodeBytes: Decode = (text) => Buffer.from(text.slice(2), 'hex').toString('base64');

/** `2026-01-31 08:00:00.5`; `infinity` stays as it is. */
export const decodeTimestamp: Decode = (text) => text.replace(' ', 'T');

/** The session's zone is UTC: `2026-01-31 08:00:00.5+00`, before our era with ` BC` behind. */
export const decodeTimestamptz: Decode = (text) => text.replace(' ', 'T').replace('+00', 'Z');

/** What every connection that asks for text must have set, as its `options`: decoding counts on it. */
export const sessionOptions =
  '-c datestyle=ISO,YMD -c intervalstyle=postgres -c timezone=UTC -c extra_float_digits=1 -c bytea_output=hex';

/** Types of PostgreSQL whose numbers are fixed (pg_type.dat), but for those that are text to us as well. */
export const decoders: ReadonlyMap<number, Decode> = new Map([
  [16, (text: string) => text === 't'],
  [17, decodeBytes],
  [20, decodeInt64],
  [21, Number],
  [23, Number],
  [26, Number],
  [28, Number],
  [114, decodeJsonText],
  [3802, decodeJsonText],
  [700, decodeFloat],
  [701, decodeFloat],
  [1114, decodeTimestamp],
  [1184, decodeTimestamptz],
]);

export const decoderOf = (oid: number): Decode => decoders.get(oid) ?? asText;
