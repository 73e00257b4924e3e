/** A real MariaDB, with a binary log of rows. */
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { Account, ServerProcess, type DatabaseServer } from './database.js';
import { freePort } from './rocketmq/ports.js';

export interface RealMariadb extends DatabaseServer {
  /** Runs one statement or several, as root in database `shop`; the rows of the last. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** `settings` are added to those of the server: `{ binlog_format: 'STATEMENT' }`. */
export async function startMariadb(settings: Readonly<Record<string, string>> = {}): Promise<RealMariadb> {
  const account = await Account.of('mysql');
  const folder = await account.folder('mariadb');
  const port = await freePort();
  const data = join(folder, 'data');
  await account.run('mariadb-install-db', [
    ...['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
  ]);
  const all = {
    datadir: data,
    port: String(port),
    bind_address: '127.0.0.1',
    socket: join(folder, 'socket'),
    // A server that starts deletes what others have in a folder that they share.
    tmpdir: folder,
    pid_file: join(folder, 'pid'),
    server_id: '1',
    log_bin: 'binlog',
    binlog_format: 'ROW',
    binlog_row_image: 'FULL',
    character_set_server: 'utf8mb4',
    innodb_flush_log_at_trx_commit: '2',
    innodb_buffer_pool_size: '64M',
    skip_name_resolve: 'ON',
    ...settings,
  };
  const server = new ServerProcess({
    account,
    folder,
    command: 'mariadbd',
    args: ['--no-defaults', ...Object.entries(all).map(([name, value]) => `--${name}=${value}`)],
    haltSignal: 'SIGTERM',
    serves: async () => {
      await query(port, undefined, 'SELECT 1');
      return true;
    },
  });
  try {
    await server.start();
    await query(port, undefined, 'CREATE DATABASE shop');
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    host: '127.0.0.1',
    port,
    url: `mysql://root@127.0.0.1:${String(port)}/shop`,
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
  database: string | undefined,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const connection = await createConnection({
    ...{ host: '127.0.0.1', port, user: 'root', multipleStatements: true, dateStrings: true },
    ...{ supportBigNumbers: true, bigNumberStrings: true, timezone: 'Z' },
    ...(database === undefined ? {} : { database }),
  });
  connection.on('error', () => undefined);
  try {
    const [rows] = await connection.query(text, [...values]);
    const last: unknown = Array.isArray(rows) && Array.isArray(rows.at(-1)) ? rows.at(-1) : rows;
    return Array.isArray(last) ? (last as Record<string, unknown>[]) : [];
  } finally {
    await connection.end();
  }
}
