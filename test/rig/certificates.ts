/** A certificate authority of a test's own, and a server's certificate from it. */
import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.js';
import { Account } from './database.js';
import { ownedFolder } from './owned.js';

export interface Certificates {
  /** Of the authority, which no system knows. */
  readonly ca: string;
  /** For `localhost`, and for no address. */
  readonly certificate: string;
  readonly key: string;
  /** A copy of the key that is this user's alone: some servers take no other. */
  keyOf(user: string): Promise<string>;
}

export async function makeCertificates(): Promise<Certificates> {
  const folder = await ownedFolder('certificates');
  // Servers run as users of their own.
  await chmod(folder, 0o755);
  const [ca, caKey, certificate, key] = ['ca.pem', 'ca.key', 'server.pem', 'server.key'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  await made(caKey, ca, ['/CN=test authority', 'basicConstraints=critical,CA:TRUE'], []);
  const signed = ['-CA', ca, '-CAkey', caKey, '-addext', 'subjectAltName=DNS:localhost'];
  await made(key, certificate, ['/CN=server', 'basicConstraints=critical,CA:FALSE'], signed);
  await chmod(key, 0o644);
  return {
    ca,
    certificate,
    key,
    keyOf: async (user) => {
      const its = join(folder, `${user}.key`);
      await copyFile(key, its);
      await chmod(its, 0o600);
      await (await Account.of(user)).take(its);
      return its;
    },
  };
}

const made = (
  key: string,
  certificate: string,
  [subject, extension]: readonly [string, string],
  more: readonly string[],
): Promise<unknown> =>
  run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', subject, '-addext', extension, '-keyout', key, '-out', certificate, ...more],
  ]);
