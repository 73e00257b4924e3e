import type { Connection as PromiseConnection } from 'mysql2/promise';
import { locate } from '../connect.js';
import { mysqlError } from '../mysql-error.js';
import type { ConnectionFields } from '../../sql/connection.js';
import { placeText } from '../../sql/place.js';

export type Database = ConnectionFields;

export type Row = Readonly<Record<string, string | null>>;

/** A connection whose answers are text, as the server writes it: times are UTC, and no number is rounded. */
export interface Session {
  readonly connection: PromiseConnection;
  /** The database that names without one are in. */
  readonly database: string;
  query(sql: string): Promise<readonly Row[]>;
}

export async function connect(database: Database): Promise<Session> {
  const { createConnection } = await import('mysql2/promise');
  const place = await locate(database, '.');
  try {
    const connection = await createConnection({
      host: place.host,
      port: place.port,
      user: place.user,
      database: place.database,
      ...(place.password === undefined ? {} : { password: place.password }),
      ...(place.tls === null ? {} : { ssl: place.tls }),
      charset: 'utf8mb4',
      connectTimeout: database.connect_timeout_ms,
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
      database: place.database,
      query: async (sql) => {
        const [rows] = await connection.query(sql);
        return rows as Row[];
      },
    };
  } catch (error) {
    throw mysqlError(`cannot connect to ${placeText(place)} as ${place.user}`, error);
  }
}

/** Ends it at once, whatever is under way. The driver only says goodbye, to which a server that sends its binlog does not listen. */
export function drop({ connection }: Session): void {
  connection.destroy();
  const { stream } = (connection as unknown as { connection: { stream: { destroy(): void } } }).connection;
  stream.destroy();
}

export const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
/** Of text without characters that sql_mode '' reads otherwise. */
export const quoteText = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '\\0')}'`;
