import type { Client } from 'pg';
import { ConnectorError } from '../../../src/sdk/index.js';
import { grantee } from '../grant.js';
import { queryText } from './tables.js';

/** What keeps the server from decoding at all, and the user from having it done. */
export async function serverChecks(
  client: Client,
): Promise<{ readonly level: ConnectorError | null; readonly right: ConnectorError | null }> {
  const [row] = await queryText(client)(`
    SELECT current_setting('wal_level') AS level,
           (SELECT rolreplication OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS may`);
  const user = client.user ?? 'USER';
  return {
    level:
      row?.level === 'logical'
        ? null
        : new ConnectorError(
            'config',
            `wal_level of the server is ${row?.level ?? 'unknown'}, and cdc needs logical`,
            { hint: 'ALTER SYSTEM SET wal_level = logical; then restart the server' },
          ),
    right:
      row?.may === 't'
        ? null
        : new ConnectorError('denied', `user ${user} may not replicate`, {
            hint: `ALTER ROLE ${grantee(client)} REPLICATION;`,
          }),
  };
}
