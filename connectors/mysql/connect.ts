import type { Connection as PromiseConnection } from 'mysql2/promise';
import { mysqlError } from './mysql-error.js';

/** Where a database is, and who asks. */
export interface Database {
  readonly url: string;
}

export type Row = Readonly<Record<string, string | null>>;

/** A connection whose answers are text, as the server writes it: times are UTC, and no number is rounded. */
export interface Session {
  readonly connection: PromiseConnection;
  query(sql: string): Promise<readonly Row[]>;
}

export async function connect({ url }: Database): Promise<Session> {
  const { createConnection } = await import('mysql2/promise');
  try {
    const connection = await createConnection({
      uri: url,
      charset: 'utf8mb4',
      connectTimeout: 15_000,
      enableKeepAlive: true,
      typeCast: (field) => field.string(),
    });
    // A connection that breaks while nothing is asked: whoever asks next is told.
    connection.on('error', () => undefined);
    await connection.query(
      `SET time_zone = '+00:00', SESSION sql_mode = '', SESSION net_write_timeout = 3600`,
    );
    return {
      connection,
      query: async (sql) => {
        const [rows] = await connection.query(sql);
        return rows as Row[];
      },
    };
  } catch (error) {
    throw mysqlError(`cannot connect to ${placeOf(url)}`, error);
  }
}

/** `host:port/database`, without a password. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** Ends it at once, whatever is under way. */
export function drop({ connection }: Session): void {
  connection.destroy();
}

export const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
/** Of text without characters that sql_mode '' reads otherwise. */
export const quoteText = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '\\0')}'`;
