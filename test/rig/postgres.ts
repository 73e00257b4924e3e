/** A real PostgreSQL, with logical decoding. */
import { join } from 'node:path';
import { Client } from 'pg';
import { Account, ServerProcess, type DatabaseServer } from './database.js';
import { freePort } from './rocketmq/ports.js';

export interface RealPostgres extends DatabaseServer {
  /** Runs one statement or several, as a superuser in database `shop`; the rows of the last. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** `settings` are added to those of the server: `{ wal_level: 'replica' }`. */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<RealPostgres> {
  const account = await Account.of('postgres');
  const folder = await account.folder('postgres');
  const port = await freePort();
  const data = join(folder, 'data');
  await account.run('initdb', [
    ...['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
  ]);
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    wal_level: 'logical',
    max_wal_senders: '10',
    max_replication_slots: '10',
    fsync: 'off',
    max_connections: '40',
    shared_buffers: '64MB',
    ...settings,
  };
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = new ServerProcess({
    account,
    folder,
    command: 'postgres',
    args: ['-D', data, '-p', String(port), ...options],
    haltSignal: 'SIGINT',
    stillEnding: 'pre-existing shared memory block',
    serves: async () => {
      await query(port, 'postgres', 'SELECT 1');
      return true;
    },
  });
  try {
    await server.start();
    await query(port, 'postgres', 'CREATE DATABASE shop');
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    host: '127.0.0.1',
    port,
    url: `postgres://postgres@127.0.0.1:${String(port)}/shop`,
    sql: (text, values) => query(port, 'shop', text, values),
    pid: () => server.pid(),
    kill: () => server.kill(),
    halt: () => server.halt(),
    start: () => server.start(),
    stop: () => server.stop(),
  };
}

async function query(
  port: number,
  database: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', database });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result = await client.query<Record<string, unknown>>(
      text,
      values.length > 0 ? [...values] : undefined,
    );
    // Of several statements there is a result each.
    const results: unknown = result;
    const last: unknown = Array.isArray(results) ? results.at(-1) : result;
    return (last as typeof result).rows;
  } finally {
    await client.end();
  }
}
