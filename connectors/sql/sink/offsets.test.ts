import assert from 'node:assert/strict';
import { it } from 'node:test';
import { OffsetsTable, type OffsetsDialect } from './offsets.js';

/** A database in which the table cannot be made, and is there when it is looked for the `foundAt`th time. */
function refusing(foundAt: number): OffsetsDialect {
  let looks = 0;
  return {
    table: 'offsets',
    definition: 'CREATE TABLE',
    exists: () => Promise.resolve((looks += 1) >= foundAt),
    parameter: String,
    insertNew: String,
    insertOrReplace: String,
    rows: () => Promise.resolve([]),
    run: () => Promise.reject(new Error('duplicate key value')),
  };
}

it('a table that another sink has made at the same moment is there', async () => {
  await new OffsetsTable(refusing(2)).make();
  await assert.rejects(new OffsetsTable(refusing(Infinity)).make(), /duplicate key value/);
});
