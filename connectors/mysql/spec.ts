import { z } from 'zod';
import { cdcFields } from './cdc/index.js';

export const sourceSpec = z.strictObject({
  url: z
    .string()
    .regex(/^mysql:\/\//, 'it begins with mysql://')
    .describe('Where the database is: `mysql://user:${MYSQL_PWD}@127.0.0.1:3306/shop`.'),
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

export type MysqlSourceConfig = z.infer<typeof sourceSpec>;
