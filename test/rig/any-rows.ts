/** Rows of any values, and whether packing them gives what the long way from record to statement gives. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TableBatch } from '../../connectors/sql/sink/batch.js';
import { PackedRows } from '../../connectors/sql/sink/packed/packed-rows.js';
import type { RowText } from '../../connectors/sql/sink/packed/row-text.js';
import { plan, type Planned } from '../../connectors/sql/sink/statements.js';
import type { Column, Table } from '../../connectors/sql/sink/session.js';
import type { JsonObject, JsonValue, Schema } from '../../src/sdk/index.js';

export interface AnyColumn {
  readonly column: Column;
  readonly type: Schema['fields'][number]['type'];
  /** What it may be given, where not everything goes. */
  readonly values?: fc.Arbitrary<JsonValue>;
}

const value: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue>(null, true, false, 0, -1, 12, 1.5, 1e21, -1e-7, 123456789012345680),
  fc.constantFrom(
    '',
    '12',
    '-3.50',
    '1.',
    '1e5',
    '\\N',
    'a\tb\nc\rd\\e"f\'g\u0000\b\f',
    'ä€😀',
    '\ud800',
    '2026-01-31T08:00:00Z',
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'binary' }),
  fc.base64String(),
  fc.jsonValue().map((any) => JSON.parse(JSON.stringify(any)) as JsonValue),
);

const writers: readonly ((row: JsonObject) => string)[] = [
  (row) => JSON.stringify(row),
  (row) => JSON.stringify(row, null, 1),
  (row) => ` ${JSON.stringify(row)}`,
];

/** `textOf`: the rows of a statement as they stand in it. */
export function assertPacksAlike(
  columns: readonly AnyColumn[],
  text: RowText,
  kind: 'insert' | 'upsert',
  textOf: (statement: Planned) => string,
): { readonly packed: number } {
  const names = columns.map(({ column }) => column.name);
  const [key = ''] = names;
  const table: Table = {
    name: 't',
    columns: new Map(columns.map(({ column }) => [column.name, column])),
    key: [key],
  };
  const schema: Schema = {
    name: 't',
    key: [key],
    fields: columns.map(({ column: { name }, type }) => ({ name, type })),
  };
  const row = fc.tuple(
    fc.oneof(fc.nat({ max: 5 }), fc.string()),
    ...columns.slice(1).map(({ values }) => values ?? value),
  );
  let packed = 0;
  const rowsOfOne = new PackedRows({ kind, table, key: [key] }, text);
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1 }),
      fc.constantFrom(...writers),
      fc.constantFrom(schema, undefined),
      (values, write, its) => {
        const rows = values.map((list): JsonObject =>
          Object.fromEntries(list.map((one, at): [string, JsonValue] => [names[at] ?? '', one])),
        );
        rowsOfOne.begin();
        if (!rows.every((one) => rowsOfOne.add(Buffer.from(write(one)), its))) return;
        const statements = rowsOfOne.done();
        assert.ok(statements !== null);
        const batch = new TableBatch([key], kind !== 'insert');
        for (const [index, one] of rows.entries()) batch.add(index, { kind: 'row', row: one, schema: its });
        const planned = batch
          .done()
          .flatMap((step) => plan(step, table, kind, [key], (_index, error) => assert.fail(error)));
        packed += rows.length;
        assert.deepEqual(
          statements.map((one) => one.rows.toString()),
          // Half a surrogate is none in UTF-8.
          planned.map((one) => Buffer.from(textOf(one)).toString()),
        );
        assert.deepEqual(statements[0]?.columns, planned[0]?.columns);
      },
    ),
  );
  return { packed };
}
