import type { Client, ClientConfig } from 'pg';
import { placeOf as placeOfFields, placeText, type Place } from '../sql/place.js';
import type { ConnectionFields } from '../sql/connection.js';
import { postgresError } from './postgres-error.js';
import { sessionOptions } from './types/decode.js';

/** Where a database is, and who asks. */
export interface Connection extends Partial<ConnectionFields> {
  /** Where relative paths start. */
  readonly baseDir?: string;
}

/** How addresses begin. */
export const schemes = ['postgres', 'postgresql'] as const;
const defaults = { port: 5432, user: 'postgres' };

export interface ConnectOptions {
  /** It speaks the replication protocol, and takes simple statements only. */
  readonly replication?: boolean;
}

/**
 * A connection whose session writes values as the decoding of types expects. Errors say what to do.
 */
export async function connect(
  connection: Connection,
  { replication = false }: ConnectOptions = {},
): Promise<Client> {
  const { default: pg } = await import('pg');
  const place = await locate(connection, connection.baseDir ?? '.');
  const timeout = connection.statement_timeout_ms ?? 0;
  const config: ClientConfig & { replication?: string } = {
    host: place.host,
    port: place.port,
    user: place.user,
    database: place.database,
    ...(place.password === undefined ? {} : { password: place.password }),
    ...(place.tls === null ? {} : { ssl: place.tls }),
    options: timeout === 0 ? sessionOptions : `${sessionOptions} -c statement_timeout=${String(timeout)}`,
    application_name: 'rmq-connect',
    connectionTimeoutMillis: connection.timeout_ms ?? 10_000,
    keepAlive: true,
    // The system begins to ask whether the other side is still there only after two hours.
    keepAliveInitialDelayMillis: 10_000,
    // Values come as text, as they are.
    types: { getTypeParser: () => (text: unknown) => text },
    ...(replication ? { replication: 'database' } : {}),
  };
  const client = new pg.Client(config);
  // A connection that breaks while nothing is asked: whoever asks next is told.
  client.on('error', () => undefined);
  try {
    await client.connect();
    if (!replication && timeout > 0) watchAnswers(client, timeout + graceMs);
    return client;
  } catch (error) {
    throw postgresError(`cannot connect to ${placeText(place)} as ${place.user}`, error);
  }
}

/** A server that keeps the limit of a statement is given this much longer to say so. */
const graceMs = 2_000;

/**
 * Ends a connection over which a statement waits, and nothing goes to and fro for so long: a server that is there ends
 * the statement before, one that vanished without a word never would.
 */
function watchAnswers(client: Client, silenceMs: number): void {
  const { stream } = connectionOf(client);
  stream.setTimeout(silenceMs, () => {
    // Who does not read is waited for, not waiting.
    if (stream.isPaused() || !isAsking(client)) return;
    stream.destroy(new Error(`no answer within ${String(silenceMs / 1_000)} s`));
  });
}

/** What pg does not show in its types. */
const isAsking = (client: Client): boolean =>
  (client as unknown as { readonly _activeQuery: unknown })._activeQuery !== null;

/** Where it would connect to. */
export const locate = (connection: Connection, baseDir: string): Promise<Place> =>
  placeOfFields({ timeout_ms: 0, statement_timeout_ms: 0, ...connection }, defaults, baseDir);

/** `host:port/database`, without a password. */
export const placeOf = ({ host, port, database }: Client): string =>
  `${host}:${String(port)}/${database ?? ''}`;

/** Ends it at once, whatever is under way. */
export function drop(client: Client): void {
  connectionOf(client).stream.destroy();
}

/** What pg does not show of its connection in its types. */
export interface RawConnection {
  readonly stream: {
    pause(): void;
    resume(): void;
    isPaused(): boolean;
    destroy(error?: Error): void;
    setTimeout(ms: number, silent: () => void): void;
  };
  sendCopyFromChunk(chunk: Buffer): void;
  on(event: 'copyData', listener: (message: { readonly chunk: Buffer }) => void): void;
  on(event: 'end', listener: () => void): void;
  once(event: 'replicationStart', listener: () => void): void;
}

export const connectionOf = (client: Client): RawConnection =>
  (client as unknown as { readonly connection: RawConnection }).connection;
