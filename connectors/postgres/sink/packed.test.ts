import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertPacksAlike, type AnyColumn } from '../../../test/rig/any-rows.js';
import { copyText, encodeText, rowText, takenBy, type TargetType } from './encode.js';

const column = (name: string, target: TargetType, type: AnyColumn['type']): AnyColumn => ({
  type,
  column: {
    name,
    isGenerated: false,
    takes: takenBy(target),
    encode: (value, its) => encodeText(value, target, its),
  },
});
const plain = (name: string): TargetType => ({ name, element: null, delimiter: ',' });
const columns = [
  column('id', plain('text'), 'string'),
  column('größe "n"', plain('int8'), 'int64'),
  column('amount', plain('numeric'), 'decimal'),
  column('yes', plain('bool'), 'bool'),
  column('doc', plain('jsonb'), 'json'),
  column('list', { name: '_text', element: plain('text'), delimiter: ',' }, 'array'),
  column('made_at', plain('timestamptz'), 'timestamptz'),
];

for (const kind of ['insert', 'upsert'] as const) {
  test(`packed rows are those of the long way: ${kind}`, () => {
    const { packed } = assertPacksAlike(columns, rowText, kind, ({ rows }) => copyText(rows));
    assert.ok(packed > 50, `only ${String(packed)} were packed`);
  });
}

test('bytes too, where they are some', () => {
  const { packed } = assertPacksAlike(
    [
      columns[0] ?? assert.fail(),
      { ...column('bytes', plain('bytea'), 'bytes'), values: fc.option(fc.base64String()) },
    ],
    rowText,
    'insert',
    ({ rows }) => copyText(rows),
  );
  assert.ok(packed > 10);
});
