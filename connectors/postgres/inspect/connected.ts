import type { Client } from 'pg';
import { fine } from '../../../src/sdk/index.js';
import type { Connected } from '../../sql/inspect/connected.js';
import { connect, drop, placeOf } from '../connect.js';
import { postgresError } from '../postgres-error.js';

export const connected: Connected<Client> = async function* (connection, { baseDir, signal }, look) {
  const client = await connect({ ...connection, baseDir });
  const end = (): void => {
    drop(client);
  };
  signal.addEventListener('abort', end);
  try {
    const [row] = await rowsOf(
      client,
      `SELECT current_setting('server_version') AS version,
              (SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()) AS ssl`,
    );
    const tls = row?.ssl === 't' ? 'with TLS' : 'without TLS';
    yield fine(
      `connected to ${placeOf(client)} as ${client.user ?? ''}, ${tls} (PostgreSQL ${row?.version ?? 'unknown'})`,
    );
    yield* look(client);
  } catch (error) {
    throw postgresError('cannot look at the database', error);
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
};

export const rowsOf = async (
  client: Client,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Record<string, string | null>[]> =>
  (await client.query<Record<string, string | null>>(sql, [...values])).rows;
