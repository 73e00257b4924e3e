import { z } from 'zod';

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
  tls: z
    .union([
      z.boolean(),
      z.strictObject({
        ca: text
          .optional()
          .describe('File with the certificates of the authorities, relative to the job file.'),
        cert: text.optional().describe('File with the certificate of this side.'),
        key: text.optional().describe('File with its private key.'),
        verify: z.boolean().default(true).describe('Whether the certificate of the server is checked.'),
      }),
    ])
    .default(false)
    .describe(
      '`true`: encrypted, with a certificate that is checked. More under `ca`, `cert`, `key`, `verify`.',
    ),
  connect_timeout_ms: z
    .int()
    .min(100)
    .max(600_000)
    .default(15_000)
    .describe('How long a connection may take to be made.'),
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
  readonly tls: boolean | TlsFields;
  readonly connect_timeout_ms: number;
  readonly statement_timeout_ms: number;
}

export interface TlsFields {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly verify: boolean;
}
