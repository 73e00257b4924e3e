import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../../src/sdk/index.js';
import { keyOfRow } from '../../sql/row-key.js';
import { arrayDecoder } from './array-text.js';
import { CopyJson } from './copy-json.js';
import { CopyText } from './copy-text.js';
import { decoderOf } from './decode.js';

/** What PostgreSQL may write for a value of each type. */
const columns = [
  {
    name: 'id',
    decode: decoderOf(20),
    text: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  },
  { name: 'small "n"', decode: decoderOf(23), text: fc.integer().map(String) },
  {
    name: 'größe',
    decode: decoderOf(701),
    text: fc.oneof(fc.double({ noNaN: true }).map(String), fc.constantFrom('NaN', '-Infinity', '1e+20')),
  },
  { name: 'text', decode: decoderOf(25), text: fc.string({ unit: 'binary' }).filter(isWellFormed) },
  { name: 'yes', decode: decoderOf(16), text: fc.constantFrom('t', 'f') },
  { name: 'bytes', decode: decoderOf(17), text: fc.constantFrom('\\x', '\\x00ff10') },
  {
    name: 'at',
    decode: decoderOf(1114),
    text: fc.constantFrom('2026-01-31 08:00:00.5', '0044-03-15 12:00:00 BC', 'infinity'),
  },
  {
    name: 'at_zone',
    decode: decoderOf(1184),
    text: fc.constantFrom('2026-01-31 08:00:00.5+00', '0044-03-15 12:00:00+00 BC', '-infinity'),
  },
  { name: 'json', decode: decoderOf(3802), text: fc.json() },
  { name: 'list', decode: arrayDecoder(decoderOf(25)), text: fc.constantFrom('{}', '{a,"b\\"c",NULL}') },
];

/** NUL is no text to PostgreSQL, and half a surrogate no UTF-8. */
function isWellFormed(text: string): boolean {
  return !text.includes('\0') && Buffer.from(text).toString() === text;
}

const letters: Readonly<Record<string, string>> = {
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\b': 'b',
  '\f': 'f',
  '\v': 'v',
};
const lineOf = (fields: readonly (string | null)[]): string =>
  `${fields
    .map((field) =>
      field === null ? '\\N' : field.replaceAll(/[\\\n\r\t\b\f\v]/g, (one) => `\\${letters[one] ?? one}`),
    )
    .join('\t')}\n`;

const row = fc.tuple(...columns.map(({ text }) => fc.option(text)));

describe('rows of COPY as JSON', () => {
  it('are what their values are as JSON, with their key and place, cut anywhere', () => {
    const keys = fc.subarray(columns.map((_column, at) => at));
    fc.assert(
      fc.property(fc.array(row), fc.array(fc.integer({ min: 1, max: 50 })), keys, (rows, cuts, key) => {
        const bytes = Buffer.from(rows.map(lineOf).join(''));
        const expected = new CopyText().rows(bytes).filter((fields) => fields.length === columns.length);
        const json = new CopyJson(columns, [0, 3], key);
        const found = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          found.push(...json.rows(bytes.subarray(at, at + cut)));
          at += cut;
        }
        assert.equal(found.length, rows.length);
        for (const [index, fields] of expected.entries()) {
          const value: JsonObject = Object.fromEntries(
            columns.map(({ name, decode }, column) => {
              const field = fields[column] ?? null;
              return [name, field === null ? null : decode(field)];
            }),
          );
          const names = key.map((column) => columns[column]?.name ?? '');
          assert.deepEqual(
            JSON.parse(found[index]?.json.toString() ?? ''),
            JSON.parse(JSON.stringify(value)),
          );
          assert.equal(found[index]?.key, keyOfRow(JSON.parse(JSON.stringify(value)) as JsonObject, names));
          assert.deepEqual(found[index]?.place, [fields[0] ?? '', fields[3] ?? '']);
        }
      }),
    );
  });

  it('of a row that is larger than a buffer, with the small ones around it', () => {
    const texts = ['a', '\u0001"'.repeat(300_000), 'b'];
    const json = new CopyJson(
      [
        { name: 'n', decode: decoderOf(3802) },
        { name: 't', decode: decoderOf(25) },
      ],
      [],
      [],
    );
    const bytes = Buffer.from(texts.map((text) => lineOf([JSON.stringify({ text }), text])).join(''));
    const found = json.rows(bytes).map((one) => JSON.parse(one.json.toString()) as unknown);
    assert.deepEqual(
      found,
      texts.map((text) => ({ n: { text }, t: text })),
    );
  });
});
