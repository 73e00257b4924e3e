import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { ConnectorError } from './errors.js';

/** Fields that connectors to a system on the network have in common, so that they are called the same. */

/** An address with its credentials: never shown as it is; see `maskedUrl`. */
export const urlField = (protocols: readonly string[], description: string): z.ZodType<string> =>
  z
    .string()
    .superRefine((url, context) => {
      if (URL.canParse(url) && protocols.includes(new URL(url).protocol)) return;
      const names = protocols.map((name) => `${name}//`).join(' or ');
      context.addIssue({ code: 'custom', message: `is not an address that begins with ${names}` });
    })
    .meta({ secret: true })
    .describe(description);

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
  .optional()
  .describe('TLS settings; {} for the usual ones. Files are relative to the job file.');

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
  rejectUnauthorized: boolean;
}

/** Reads the files. Throws `config` that names the one that cannot be read. */
export async function tlsOptions(
  tls: Exclude<z.infer<typeof tlsField>, undefined>,
  baseDir: string,
): Promise<TlsOptions> {
  const options: TlsOptions = { rejectUnauthorized: tls.verify };
  if (tls.ca_file !== undefined) options.ca = await pem('ca_file', tls.ca_file, baseDir);
  if (tls.cert_file !== undefined) options.cert = await pem('cert_file', tls.cert_file, baseDir);
  if (tls.key_file !== undefined) options.key = await pem('key_file', tls.key_file, baseDir);
  if (tls.server_name !== undefined) options.servername = tls.server_name;
  return options;
}

async function pem(field: string, path: string, baseDir: string): Promise<Buffer> {
  const file = resolve(baseDir, path);
  try {
    return await readFile(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConnectorError('config', `tls.${field} cannot be read: ${why}`, {
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
