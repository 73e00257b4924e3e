import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertPacksAlike, type AnyColumn } from '../../../test/rig/any-rows.js';
import { encodeValue, rowText, takenBy } from './encode.js';
import { rowTexts } from './statement.js';

const column = (name: string, dataType: string, type: AnyColumn['type']): AnyColumn => ({
  type,
  column: {
    name,
    isGenerated: false,
    takes: takenBy(dataType),
    encode: (value, its) => encodeValue(value, dataType, its),
  },
});
const columns = [
  column('id', 'varchar', 'string'),
  column('größe `n`', 'bigint', 'int64'),
  column('amount', 'decimal', 'decimal'),
  column('yes', 'tinyint', 'bool'),
  column('doc', 'json', 'json'),
  column('text', 'longtext', 'string'),
  column('made_at', 'datetime', 'timestamp'),
];

for (const kind of ['insert', 'upsert'] as const) {
  test(`packed rows are those of the long way: ${kind}`, () => {
    const { packed } = assertPacksAlike(columns, rowText, kind, (statement) =>
      rowTexts(statement).join(', '),
    );
    assert.ok(packed > 50, `only ${String(packed)} were packed`);
  });
}

test('bytes too, where they are some', () => {
  const { packed } = assertPacksAlike(
    [
      columns[0] ?? assert.fail(),
      { ...column('bytes', 'blob', 'bytes'), values: fc.option(fc.base64String()) },
    ],
    rowText,
    'insert',
    (statement) => rowTexts(statement).join(', '),
  );
  assert.ok(packed > 10);
});
