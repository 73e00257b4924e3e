import { z } from 'zod';
import { timeoutField, tlsField, urlField, type TlsFields } from '../../src/sdk/index.js';

const text = z.string().min(1);

/** How a database is reached: the same fields for every database, sources and sinks. `schemes`: of its addresses. */
export const connectionFields = (schemes: readonly [string, ...string[]]) => ({
  url: urlField(
    schemes.map((scheme) => `${scheme}:`),
    `Where the database is: ${schemes[0]}://user:\${PASSWORD}@127.0.0.1/shop. Or the fields below.`,
  ).optional(),
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
});

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
