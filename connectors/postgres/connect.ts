import type { Client, ClientConfig } from 'pg';
import { postgresError } from './postgres-error.js';
import { sessionOptions } from './types/decode.js';

/** Where a database is, and who asks. */
export interface Connection {
  readonly url: string;
}

/**
 * A connection whose session writes values as the decoding of types expects. `replication`: it speaks the
 * replication protocol, and takes simple statements only. Errors say what to do.
 */
export async function connect(
  { url }: Connection,
  { replication = false }: { readonly replication?: boolean } = {},
): Promise<Client> {
  const { default: pg } = await import('pg');
  const config: ClientConfig & { replication?: string } = {
    connectionString: url,
    options: sessionOptions,
    application_name: 'rmq-connect',
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    // Values come as text, as they are.
    types: { getTypeParser: () => (text: unknown) => text },
    ...(replication ? { replication: 'database' } : {}),
  };
  const client = new pg.Client(config);
  // A connection that breaks while nothing is asked: whoever asks next is told.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw postgresError(`cannot connect to ${placeOf(client)}`, error);
  }
}

/** `host:port/database`, without a password. */
export const placeOf = ({ host, port, database }: Client): string =>
  `${host}:${String(port)}/${database ?? ''}`;

/** Ends it at once, whatever is under way. */
export function drop(client: Client): void {
  connectionOf(client).stream.destroy();
}

/** What pg does not show of its connection in its types. */
export interface RawConnection {
  readonly stream: { pause(): void; resume(): void; destroy(): void };
  sendCopyFromChunk(chunk: Buffer): void;
  on(event: 'copyData', listener: (message: { readonly chunk: Buffer }) => void): void;
  on(event: 'end', listener: () => void): void;
  once(event: 'replicationStart', listener: () => void): void;
}

export const connectionOf = (client: Client): RawConnection =>
  (client as unknown as { readonly connection: RawConnection }).connection;
