import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkServerIdentity } from 'node:tls';
import { z } from 'zod';
import { ConnectorError, errorText } from './errors.js';

/** Fields that connectors to a system on the network have in common, so that they are called the same. */

/** One name, or a list of them. */
export const namesField = (description: string) =>
  z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .transform((given) => (typeof given === 'string' ? [given] : given))
    .describe(description);

/**
 * An option that is `usual` where nothing is given, filled in where it is used: so a spec can tell one that was given,
 * and refuse it where it would do nothing.
 */
export const usually = <S extends z.ZodType>(schema: S, usual: z.input<S>) =>
  schema.optional().meta({ default: usual });

/** An address with its credentials: never shown as it is; see `maskedUrl`. */
export const urlField = (protocols: readonly string[], description: string): z.ZodType<string> =>
  z
    .string()
    .superRefine((url, context) => {
      const message = urlProblem(url, protocols);
      if (message !== null) context.addIssue({ code: 'custom', message, params: { hint: inPercent } });
    })
    .meta({ secret: true })
    .describe(description);

const inPercent = 'letters such as @, / and % in a user or a password are written as %40, %2F and %25';

/** Null: there is none. Never says what the address is: there may be a password in it. */
function urlProblem(text: string, protocols: readonly string[]): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !protocols.includes(url.protocol)) {
    return `is not an address that begins with ${protocols.map((name) => `${name}//`).join(' or ')}`;
  }
  // A path of the web is passed on as it is, in whatever letters; elsewhere it is a name.
  const path = /^(http|ws)s?:$/.test(url.protocol) ? '' : url.pathname;
  try {
    decodeURIComponent(url.username + url.password + path);
    return null;
  } catch {
    return 'has a % that is not part of a letter written as %XX';
  }
}

export const tlsField = z
  .strictObject({
    ca_file: z
      .string()
      .min(1)
      .optional()
      .describe('PEM file of the authorities to trust instead of the usual ones.'),
    cert_file: z.string().min(1).optional().describe('PEM file of the certificate to show.'),
    key_file: z.string().min(1).optional().describe('PEM file of its private key.'),
    server_name: z
      .string()
      .min(1)
      .optional()
      .describe('The name the certificate must have; default: the host.'),
    verify: z.boolean().default(true).describe('false takes any certificate: for tests only.'),
  })
  .superRefine(({ cert_file: cert, key_file: key }, context) => {
    if ((cert === undefined) === (key === undefined)) return;
    context.addIssue({
      code: 'custom',
      path: [cert === undefined ? 'cert_file' : 'key_file'],
      message: 'is missing: cert_file and key_file belong together',
    });
  })
  .optional()
  .describe(
    'TLS, also where the address does not ask for it; {} for the usual settings. Files are relative to the job file.',
  );

export type TlsFields = Exclude<z.infer<typeof tlsField>, undefined>;

export const timeoutField = z
  .int()
  .min(1_000)
  .max(600_000)
  .default(10_000)
  .describe('How long to wait for a connection or an answer, in milliseconds.');

/** As `tls.connect` takes them. */
export interface TlsOptions {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  servername?: string;
  /** Where the name is not that of the host: drivers set `servername` themselves. */
  checkServerIdentity?: typeof checkServerIdentity;
  rejectUnauthorized: boolean;
}

/** Reads the files. Throws `config` that names the one that cannot be read. */
export async function tlsOptions(tls: TlsFields, baseDir: string): Promise<TlsOptions> {
  const options: TlsOptions = { rejectUnauthorized: tls.verify };
  if (tls.ca_file !== undefined) options.ca = await pem('ca_file', tls.ca_file, baseDir);
  if (tls.cert_file !== undefined) options.cert = await pem('cert_file', tls.cert_file, baseDir);
  if (tls.key_file !== undefined) options.key = await pem('key_file', tls.key_file, baseDir);
  const { server_name: name } = tls;
  if (name === undefined) return options;
  return {
    ...options,
    servername: name,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  };
}

async function pem(field: string, path: string, baseDir: string): Promise<Buffer> {
  const file = resolve(baseDir, path);
  try {
    return await readFile(file);
  } catch (cause) {
    throw new ConnectorError('config', `tls.${field} cannot be read: ${errorText(cause)}`, {
      cause,
      hint: 'name a PEM file that is there and may be read',
    });
  }
}

/** Whether an error of Node's means that nobody answers there. */
export function isUnreachable(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return unreachable.has(code);
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** What to do where TLS with a server does not come about; undefined where that is not what is wrong. */
export function tlsHint(error: unknown): string | undefined {
  const text = error instanceof Error ? `${'code' in error ? String(error.code) : ''} ${error.message}` : '';
  return tlsFailures.find(([pattern]) => pattern.test(text))?.[1];
}

const tlsFailures: readonly (readonly [RegExp, string])[] = [
  [
    /altname/i,
    'connect by a name that the certificate of the server has, or give that name in tls.server_name',
  ],
  [
    /certificate has expired|certificate is not yet valid/i,
    'renew the certificate of the server, or set the clock right',
  ],
  [
    /certificate required|handshake failure/i,
    'the server wants a certificate: name one in tls.cert_file, and its key in tls.key_file',
  ],
  [
    /unable to (verify|get local|get issuer)|self[- ]signed|unknown ca/i,
    'name the authorities of the server in tls.ca_file, or correct its certificate',
  ],
  [
    /wrong version number|not support SSL/i,
    'the server does not speak TLS there: correct the port, or its settings',
  ],
  [/certificate|\bSSL|\bTLS/i, 'set tls.ca_file, or correct the certificate of the server'],
];
