import { z } from 'zod';
import { namesField } from '../../../src/sdk/index.js';
import { connectionFields, type ConnectionFields } from '../connection.js';
import { nameTemplateProblem } from './table-name.js';

export const sinkFields = (schemes: Parameters<typeof connectionFields>[0]) => ({
  ...connectionFields(schemes),
  table: z
    .string()
    .min(1)
    .superRefine((template, context) => {
      const problem = nameTemplateProblem(template);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .default('{topic}')
    .describe(
      'The table, or `schema.table`. Parts that are filled in for each record: {topic}, {schema} and {table} ' +
        '(where the record comes from), {key}, or a field of the value such as {region}.',
    ),
  mode: z
    .enum(['insert', 'upsert', 'update'])
    .default('insert')
    .describe(
      '`insert`: every record is a new row. `upsert`: a new row, or the one with this key gets the values. ' +
        '`update`: the row with this key gets them; without one nothing happens.',
    ),
  key: namesField(
    'The columns that tell one row from another, for `upsert`, `update` and deletes. By default the primary ' +
      'key of the table; where there is none, the key of the schema of the record.',
  ).default([]),
  nulls: z
    .enum(['delete', 'skip', 'fail'])
    .default('delete')
    .describe(
      'What a record without a value (a tombstone) does: `delete` the row of its key, `skip`, or `fail`.',
    ),
  truncate: z
    .boolean()
    .default(false)
    .describe('Whether a table is emptied when a captured change says that its source was.'),
  create_table: z
    .boolean()
    .default(false)
    .describe('Make a table that is missing: exactly of the records’ schema, or of the first values seen.'),
  add_columns: z
    .boolean()
    .default(false)
    .describe('Add columns that records have and the table has not; they may be null.'),
  offsets_table: z
    .string()
    .min(1)
    .default('rmq_connect_offsets')
    .describe('Where the offsets of the queues are kept, for exactly once; made where it is missing.'),
});

export interface SqlSinkConfig extends ConnectionFields {
  readonly table: string;
  readonly mode: 'insert' | 'upsert' | 'update';
  readonly key: readonly string[];
  readonly nulls: 'delete' | 'skip' | 'fail';
  readonly truncate: boolean;
  readonly create_table: boolean;
  readonly add_columns: boolean;
  readonly offsets_table: string;
}
