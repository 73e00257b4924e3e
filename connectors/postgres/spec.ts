import { z } from 'zod';
import { cdcFields } from './cdc/index.js';

export const sourceSpec = z.strictObject({
  url: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'it begins with postgres://')
    .describe('Where the database is: `postgres://user:${PGPASSWORD}@127.0.0.1:5432/shop`.'),
  mode: z
    .enum(['cdc'])
    .describe('`cdc`: every change, in the order of the commits, after the rows that were there before.'),
  ...cdcFields,
  tables: cdcFields.tables.unwrap(),
  schema: z
    .enum(['json', 'none'])
    .default('json')
    .describe(
      '`json`: records carry the types of their columns (property connect.schema). `none`: they do not.',
    ),
});

export type PostgresSourceConfig = z.infer<typeof sourceSpec>;
