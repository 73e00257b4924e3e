import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  ConnectorError,
  errorText,
  KeptOpen,
  maskedUrl,
  tlsOptions,
  within,
  type ConnectorContext,
} from '../../src/sdk/index.js';
import { natsError } from './errors.js';
import { greeting } from './greeting.js';
import type { NatsSourceConfig } from './spec.js';

export type Connection = Pick<NatsSourceConfig, 'url' | 'credentials_file' | 'tls' | 'timeout_ms'>;

/** One connection, made when it is needed, and again after it broke. What is under way then fails. */
export class Link {
  readonly where: string;
  readonly #config: Connection;
  readonly #baseDir: string;
  readonly #connection = new KeptOpen<NatsConnection>({
    open: () => this.#open(),
    isOpen: (connection) => !connection.isClosed(),
    end: (connection) => this.#end(connection),
  });

  constructor(config: Connection, { baseDir }: Pick<ConnectorContext, 'baseDir'>) {
    this.#config = config;
    this.#baseDir = baseDir;
    this.where = maskedUrl(config.url);
  }

  async connection(): Promise<NatsConnection> {
    try {
      return await this.#connection.get();
    } catch (error) {
      throw natsError(error, this.where, 'connect');
    }
  }

  /** Resolves when the server has all that was sent over the connection. */
  async flush(connection: NatsConnection): Promise<void> {
    const { timeout_ms: ms } = this.#config;
    await within(ms, `no answer for ${ms} ms`, connection.flush());
  }

  /** What is on its way is sent before. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  async #end(connection: NatsConnection): Promise<void> {
    if (connection.isClosed()) return;
    await this.flush(connection).catch(() => undefined);
    await connection.close();
  }

  async #open(): Promise<NatsConnection> {
    const { url, tls, timeout_ms: timeout, credentials_file: credentials } = this.#config;
    const { connect, credsAuthenticator } = await import('@nats-io/transport-node');
    const { protocol, host, username, password } = new URL(url);
    const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)];
    const who = user === '' ? {} : pass === '' ? { token: user } : { user, pass };
    const secure = tls === undefined && protocol !== 'tls:' ? {} : { tls: await this.#tls() };
    const creds =
      credentials === undefined ? {} : { authenticator: credsAuthenticator(await this.#read(credentials)) };
    await greeting(host, timeout);
    return await connect({
      servers: [host],
      timeout,
      // Whoever uses it decides what to do again.
      reconnect: false,
      ...who,
      ...secure,
      ...creds,
    });
  }

  async #tls() {
    const { ca, cert, key, ...rest } = await tlsOptions(this.#config.tls ?? { verify: true }, this.#baseDir);
    const host = new URL(this.#config.url).hostname.replace(/^\[|\]$/g, '');
    return {
      // The client gives Node no name where the host is an address, and Node then takes `localhost`.
      checkServerIdentity: (_name: string, certificate: PeerCertificate) =>
        checkServerIdentity(host, certificate),
      ...rest,
      ...(ca === undefined ? {} : { ca: ca.toString() }),
      ...(cert === undefined ? {} : { cert: cert.toString() }),
      ...(key === undefined ? {} : { key: key.toString() }),
    };
  }

  async #read(file: string): Promise<Uint8Array> {
    try {
      return await readFile(resolve(this.#baseDir, file));
    } catch (cause) {
      const why = errorText(cause);
      throw new ConnectorError('config', `credentials_file cannot be read: ${why}`, {
        cause,
        hint: 'name a .creds file that is there and may be read',
      });
    }
  }
}
