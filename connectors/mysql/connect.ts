import { connect } from 'node:net';
import type { ConnectionOptions, Connection as MysqlConnection } from 'mysql2';
import type { ConnectionFields } from '../sql/connection.js';
import { placeOf, placeText, type Place } from '../sql/place.js';
import { mysqlError } from './mysql-error.js';

/** How addresses begin. */
export const schemes = ['mysql', 'mariadb'] as const;
const defaults = { port: 3306, user: 'root' };

/** Where it would connect to. */
export const locate = (connection: ConnectionFields, baseDir: string): Promise<Place> =>
  placeOf(connection, defaults, baseDir);

/**
 * What reading and writing count on: times in UTC, values that do not fit are refused and not cut, a backslash
 * in a text is what the driver takes it for, and the server waits with a long answer while we wait for the broker.
 */
const session = `SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO',
  SESSION group_concat_max_len = 1000000, SESSION net_write_timeout = 3600`;

/** How long the server takes no longer for a lock, and for a statement; MySQL limits only those that read. */
function limits(timeoutMs: number): string {
  const seconds = String(Math.max(1, Math.round(timeoutMs / 1_000)));
  return `SET SESSION lock_wait_timeout = ${seconds}, SESSION innodb_lock_wait_timeout = ${seconds}
    /*M!100101 , SESSION max_statement_time = ${seconds} */ /*!50708 , SESSION max_execution_time = ${String(timeoutMs)} */`;
}

/** A server that keeps its limits is given this much longer to say so. */
const graceMs = 2_000;

/** Of rows that stream: a table is read in the order of its key, so that the first one comes soon, too. */
const streamSilenceMs = 300_000;

export type Rows = readonly Readonly<Record<string, unknown>>[];
/** A row as the server writes it: no number is rounded. */
export type Texts = Readonly<Record<string, string | null>>;

/** A connection, with what a statement changed or found. */
export class Mysql {
  readonly #connection: MysqlConnection;
  readonly place: Place;
  /** null: a statement may take as long as it likes. */
  readonly #answerMs: number | null;
  readonly #waiting = new Set<(error: Error) => void>();
  #isBroken = false;

  private constructor(connection: MysqlConnection, place: Place, timeoutMs: number) {
    this.#connection = connection;
    this.place = place;
    this.#answerMs = timeoutMs === 0 ? null : timeoutMs + graceMs;
    const broke = (): void => {
      this.#isBroken = true;
    };
    connection.on('error', broke);
    connection.on('end', broke);
  }

  static async open(fields: ConnectionFields, baseDir: string): Promise<Mysql> {
    const { createConnection } = await import('mysql2');
    const place = await locate(fields, baseDir);
    const connection = createConnection({
      ...wayTo(place),
      user: place.user,
      database: place.database,
      ...(place.password === undefined ? {} : { password: place.password }),
      connectTimeout: fields.timeout_ms,
      charset: 'utf8mb4',
      multipleStatements: true,
      dateStrings: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
    });
    const { statement_timeout_ms: timeoutMs } = fields;
    const mysql = new Mysql(connection, place, timeoutMs);
    try {
      await mysql.run(session);
      if (timeoutMs > 0) await mysql.run(limits(timeoutMs));
      return mysql;
    } catch (error) {
      mysql.drop();
      throw mysqlError(`cannot connect to ${placeText(place)} as ${place.user}`, error);
    }
  }

  /** For what the driver has no method for. */
  get connection(): MysqlConnection {
    return this.#connection;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** How many rows it touched. */
  run(sql: string, values: readonly unknown[] = []): Promise<number> {
    return this.#ask(sql, values, (result) =>
      typeof result === 'object' && result !== null && 'affectedRows' in result
        ? Number(result.affectedRows)
        : 0,
    );
  }

  rows(sql: string, values: readonly unknown[] = []): Promise<Rows> {
    return this.#ask(sql, values, (result) => result as Rows);
  }

  /** Rows as lists of what the server wrote for each field, and what the fields are. */
  raw(
    sql: string,
  ): Promise<{ readonly rows: readonly (readonly (Buffer | null)[])[]; readonly fields: readonly Field[] }> {
    return this.#asked((answered) => {
      this.#connection.query(
        { sql, rowsAsArray: true, typeCast: (field: { buffer(): Buffer | null }) => field.buffer() },
        (error: Error | null, rows: unknown, fields: unknown) => {
          answered(error, { rows: rows as (Buffer | null)[][], fields: fields as Field[] });
        },
      );
    });
  }

  texts(sql: string): Promise<readonly Texts[]> {
    return this.#asked((answered) => {
      this.#connection.query(
        { sql, typeCast: (field: { string(): string | null }) => field.string() },
        (error: Error | null, rows: unknown) => {
          answered(error, rows as Texts[]);
        },
      );
    });
  }

  /**
   * Like `raw`, as the rows come; so many wait for whoever takes them. It may take as long as it likes, but a server
   * that sends nothing for `silenceMs`, while somebody waits for it, is taken for dead.
   */
  async *stream(
    sql: string,
    waiting: number,
    silenceMs = streamSilenceMs,
  ): AsyncGenerator<readonly (Buffer | null)[], void, undefined> {
    const query = this.#connection.query({
      sql,
      rowsAsArray: true,
      typeCast: (field: { buffer(): Buffer | null }) => field.buffer(),
    });
    const rows = query.stream({ highWaterMark: waiting });
    // The driver tells a question without a callback nothing when the connection breaks: it would wait forever.
    const broke = (error?: Error): void => {
      rows.destroy(error ?? new Error('the connection was closed'));
    };
    this.#connection.once('error', broke).once('end', broke);
    rows.once('close', () => {
      this.#connection.off('error', broke).off('end', broke);
    });
    let since = performance.now();
    let isWaiting = true;
    const watch = setInterval(() => {
      if (!isWaiting || performance.now() - since < silenceMs) return;
      rows.destroy(new Error(`no row within ${String(silenceMs / 1_000)} s`));
      this.drop();
    }, silenceMs / 10);
    try {
      for await (const row of rows as AsyncIterable<(Buffer | null)[]>) {
        isWaiting = false;
        yield row;
        isWaiting = true;
        since = performance.now();
      }
    } finally {
      clearInterval(watch);
    }
  }

  /** In good order, where the server still answers. */
  close(): Promise<void> {
    this.#isBroken = true;
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        this.drop();
        resolve();
      }, graceMs);
      this.#connection.end(() => {
        clearTimeout(late);
        resolve();
      });
    });
  }

  /**
   * Whatever is under way. The driver does not answer any more then: who waits is told here. And it only says
   * goodbye, to which a server that sends its binlog does not listen.
   */
  drop(): void {
    this.#isBroken = true;
    this.#connection.destroy();
    (this.#connection as unknown as { stream: { destroy(): void } }).stream.destroy();
    for (const reject of this.#waiting) reject(new Error('the connection was closed'));
    this.#waiting.clear();
  }

  #ask<T>(sql: string, values: readonly unknown[], made: (result: unknown) => T): Promise<T> {
    return this.#asked((answered) => {
      this.#connection.query(sql, [...values], (error: Error | null, result: unknown) => {
        answered(error, error === null ? made(result) : undefined);
      });
    });
  }

  #asked<T>(ask: (answered: (error: Error | null, result: T | undefined) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#isBroken) {
        reject(new Error('the connection is closed'));
        return;
      }
      this.#waiting.add(reject);
      const late =
        this.#answerMs === null
          ? undefined
          : setTimeout(() => {
              this.#late(reject);
            }, this.#answerMs);
      ask((error, result) => {
        clearTimeout(late);
        this.#waiting.delete(reject);
        if (error === null) resolve(result as T);
        else reject(this.#noted(error));
      });
    });
  }

  /** Whoever waits behind it waits for the same server. */
  #late(reject: (error: Error) => void): void {
    this.#waiting.delete(reject);
    reject(new Error(`no answer within ${String((this.#answerMs ?? 0) / 1_000)} s`));
    this.drop();
  }

  #noted(error: Error): Error {
    if ('fatal' in error && error.fatal === true) this.#isBroken = true;
    return error;
  }
}

/** What the driver tells of a column of a result. */
export interface Field {
  readonly name: string;
  readonly columnType: number;
  readonly flags: number;
  readonly characterSet: number;
  readonly columnLength: number;
  readonly decimals: number;
  /** MariaDB's word for what is text to the protocol: `json`. */
  readonly extendedFormat?: string | undefined;
}

/**
 * The driver looks for the name of its `host` in the certificate, if it is asked to, and for an address it has none:
 * Node then takes the name that the socket has.
 */
function wayTo({ host, port, tls }: Place): ConnectionOptions {
  if (tls === null) return { host, port };
  const { servername: name = host, ca, cert, key, rejectUnauthorized } = tls;
  return {
    host: name,
    port,
    stream: () => Object.assign(connect({ host, port, keepAlive: true, noDelay: true }), { _host: name }),
    ssl: {
      rejectUnauthorized,
      verifyIdentity: rejectUnauthorized,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  };
}
