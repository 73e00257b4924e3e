import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Field } from '../connect.js';
import type { JsonObject } from '../../../src/sdk/index.js';
import { keyOfRow } from '../../sql/row-key.js';
import { RowsJson } from './json.js';
import { columnType } from './types.js';

const field = (columnCode: number, more: Partial<Field> = {}): Field => ({
  name: '',
  columnType: columnCode,
  flags: 0,
  characterSet: 45,
  columnLength: 20,
  decimals: 0,
  ...more,
});
const bytesOf = (text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> => text.map((one) => Buffer.from(one));
const anyBytes = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const float = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('1e20', '-2.5e-7', '1.50'),
);

/** What a server may write for a value of each type. */
const columns = [
  { name: 'id', field: field(8), bytes: bytesOf(fc.oneof(int64, fc.constantFrom('007', '0', '-1'))) },
  {
    name: 'small "n"',
    field: field(2),
    bytes: bytesOf(fc.integer({ min: -32_768, max: 32_767 }).map(String)),
  },
  { name: 'größe', field: field(5), bytes: bytesOf(float) },
  {
    name: 'big',
    field: field(8, { flags: 32 }),
    bytes: bytesOf(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String)),
  },
  {
    name: 'amount',
    field: field(246, { decimals: 2 }),
    bytes: bytesOf(fc.integer().map((cents) => (cents / 100).toFixed(2))),
  },
  { name: 'text', field: field(253), bytes: bytesOf(fc.string({ unit: 'binary' })) },
  { name: 'bytes', field: field(252, { characterSet: 63 }), bytes: anyBytes },
  {
    name: 'at',
    field: field(12),
    bytes: bytesOf(fc.constantFrom('2026-01-31 08:00:00.5', '0000-00-00 00:00:00')),
  },
  { name: 'at_zone', field: field(7), bytes: bytesOf(fc.constant('2026-01-31 08:00:00.000001')) },
  {
    name: 'doc',
    field: field(245),
    bytes: bytesOf(fc.oneof(fc.json(), fc.constant('{"n":12345678901234567890}'))),
  },
  {
    name: 'flags',
    field: field(16, { columnLength: 3 }),
    bytes: fc.integer({ min: 0, max: 7 }).map((bits) => Buffer.from([bits])),
  },
].map(({ field: its, ...column }) => ({ ...column, decode: columnType(its, null).decode }));

test('rows are what their values are as JSON, with their key and place', () => {
  const row = fc.tuple(...columns.map(({ bytes }) => fc.option(bytes)));
  const keys = fc.subarray(columns.map((_column, at) => at));
  fc.assert(
    fc.property(fc.array(row), keys, (all, key) => {
      const rows = new RowsJson(columns, [0, 5], key);
      const found = all.map((fields) => rows.row(fields));
      for (const [index, fields] of all.entries()) {
        const value = JSON.stringify(
          Object.fromEntries(
            columns.map(({ name, decode }, column) => {
              const bytes = fields[column] ?? null;
              return [name, bytes === null ? null : decode(bytes)];
            }),
          ),
        );
        const parsed = JSON.parse(value) as JsonObject;
        assert.deepEqual(JSON.parse(found[index]?.json.toString() ?? ''), parsed);
        const names = key.map((column) => columns[column]?.name ?? '');
        assert.equal(found[index]?.key, keyOfRow(parsed, names));
        assert.deepEqual(found[index]?.place, [fields[0]?.toString() ?? '', fields[5]?.toString() ?? '']);
      }
    }),
  );
});
