/** The databases of scenarios, and a table of rows of about 100 bytes in each. */
import { startMariadb } from '../../test/rig/mariadb.js';
import { startPostgres } from '../../test/rig/postgres.js';

export type DatabaseName = 'postgres' | 'mysql';

export interface Database {
  readonly name: DatabaseName;
  readonly url: string;
  readonly port: number;
  pid(): number;
  readonly sql: (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Makes the table `orders` with so many rows. */
  fill(rows: number): Promise<void>;
  stop(): Promise<void>;
}

/** What a row takes as JSON is more. */
export const rowBytes = 100;

const columns: Readonly<Record<DatabaseName, string>> = {
  postgres:
    'id bigint PRIMARY KEY, name text NOT NULL, amount numeric(12,2), made_at timestamptz NOT NULL, note text',
  mysql:
    'id bigint PRIMARY KEY, name varchar(100) NOT NULL, amount decimal(12,2), made_at datetime(6) NOT NULL, note varchar(200)',
};

/** `orders` without its rows. */
export const tableSql = (database: DatabaseName, table: string): string =>
  `CREATE TABLE ${table} (${columns[database]})`;

const rowsSql: Readonly<Record<DatabaseName, (rows: number) => string>> = {
  postgres: (rows) => `INSERT INTO orders
    SELECT n, 'name ' || n, n * 0.25, '2026-01-31 08:00:00Z'::timestamptz + n * interval '1.000001 s', repeat('x', 50)
    FROM generate_series(1, ${String(rows)}) n; VACUUM ANALYZE orders`,
  mysql: (rows) => `INSERT INTO orders
    SELECT seq, concat('name ', seq), seq * 0.25, '2026-01-31 08:00:00' + INTERVAL seq SECOND, repeat('x', 50)
    FROM seq_1_to_${String(rows)}`,
};

export async function startDatabase(name: DatabaseName): Promise<Database> {
  const server = await (name === 'postgres'
    ? startPostgres({ shared_buffers: '512MB', max_wal_size: '4GB' })
    : startMariadb({ innodb_buffer_pool_size: '512M' }));
  return {
    name,
    url: server.url,
    port: server.port,
    pid: () => server.pid(),
    sql: (text) => server.sql(text),
    fill: async (rows) => {
      for (const text of [tableSql(name, 'orders'), ...rowsSql[name](rows).split('; ')])
        await server.sql(text);
    },
    stop: () => server.stop(),
  };
}
