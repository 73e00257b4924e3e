import { z } from 'zod';
import { timeoutField, tlsField, type TlsFields } from '../../src/sdk/index.js';

const text = z.string().min(1);

/** How a database is reached: the same fields for every database, sources and sinks. */
export const connectionFields = {
  url: text
    .optional()
    .describe(
      'Where the database is: `postgres://user:${PGPASSWORD}@127.0.0.1:5432/shop`, `mysql://…`. Or the fields below.',
    ),
  host: text.optional().describe('The host, where there is no `url`.'),
  port: z.int().min(1).max(65_535).optional().describe('The port; the usual one of the database by default.'),
  user: text.optional().describe('The user.'),
  password: z
    .string()
    .optional()
    .describe('The password: `${PGPASSWORD}` or `${file:/run/secrets/password}`.'),
  database: text.optional().describe('The database.'),
  tls: tlsField,
  timeout_ms: timeoutField.describe('How long a connection may take to be made.'),
  statement_timeout_ms: z
    .int()
    .min(0)
    .max(86_400_000)
    .default(60_000)
    .describe('How long one statement may take; 0: as long as it likes.'),
};

export interface ConnectionFields {
  readonly url?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly database?: string | undefined;
  readonly tls?: TlsFields | undefined;
  readonly timeout_ms: number;
  readonly statement_timeout_ms: number;
}
