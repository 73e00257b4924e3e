import { ConnectorError, kindOf, type Value } from '../sdk/index.js';
import type { Format, FormatName } from './stage.js';

const badData = (message: string, options: { hint?: string; cause?: unknown } = {}): ConnectorError =>
  new ConnectorError('bad_data', message, options);

/**
 * Bodies are UTF-8 text. Bytes travel unchanged, so that nothing is lost of a line that is not UTF-8;
 * decoding such a body shows U+FFFD in place of what cannot be read.
 */
const text: Format = {
  name: 'text',
  encode(value) {
    if (Buffer.isBuffer(value)) return value;
    switch (typeof value) {
      case 'string':
        return Buffer.from(value);
      case 'number':
      case 'boolean':
        return Buffer.from(String(value));
      default:
        throw badData(`${kindOf(value)} cannot become text`, { hint: 'set format: json' });
    }
  },
  decode: (body) => body.toString('utf8'),
};

/**
 * Bodies are one JSON value in UTF-8. Bytes to be encoded are taken for a body that is there already: they
 * are checked and travel unchanged.
 */
const json: Format = {
  name: 'json',
  encode(value) {
    if (Buffer.isBuffer(value)) {
      parseJson(value);
      return value;
    }
    if (typeof value === 'number' && !Number.isFinite(value)) throw badData(`JSON has no ${String(value)}`);
    return Buffer.from(stringify(value));
  },
  decode: parseJson,
};

/** Bodies are bytes nobody looks into. */
const bytes: Format = {
  name: 'bytes',
  encode(value) {
    if (Buffer.isBuffer(value)) return value;
    if (typeof value === 'string') return Buffer.from(value);
    throw badData(`${kindOf(value)} cannot become bytes`, { hint: 'set format: json' });
  },
  decode: (body) => body,
};

export const formats: Readonly<Record<FormatName, Format>> = { text, json, bytes };
export const formatNames = ['text', 'json', 'bytes'] as const satisfies readonly FormatName[];

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parseJson(body: Buffer): Value {
  let decoded: string;
  try {
    decoded = utf8.decode(body);
  } catch (cause) {
    throw badData('the body is not UTF-8, so it is not JSON', { cause, hint: 'set format: bytes' });
  }
  try {
    return JSON.parse(decoded) as Value;
  } catch (cause) {
    const why = decoded === '' ? 'it is empty' : `it does not parse (${String(body.length)} bytes)`;
    throw badData(`the body is not JSON: ${why}`, { cause, hint: 'set format: text or format: bytes' });
  }
}

function stringify(value: Exclude<Value, null>): string {
  let made: unknown;
  try {
    made = JSON.stringify(value);
  } catch (cause) {
    throw badData(`${kindOf(value)} cannot become JSON`, { cause });
  }
  if (typeof made !== 'string') throw badData(`${kindOf(value)} cannot become JSON`);
  return made;
}
