import type { JsonValue, QueueOffset } from '../../../src/sdk/index.js';
import type { QueuePlace } from '../../sql/sink/session.js';
import type { Mysql } from '../connect.js';
import { errnoOf } from '../mysql-error.js';
import { quoteTable } from '../quote.js';

const noSuchTable = 1146;
const isQueue = 'consumer_group = ? AND topic = ? AND broker = ? AND queue = ?';

/** The table of the queues' offsets: one row a queue and group. */
export class OffsetsTable {
  readonly #mysql: Mysql;
  readonly #table: string;

  constructor(mysql: Mysql, name: string) {
    this.#mysql = mysql;
    this.#table = quoteTable(name);
  }

  async make(): Promise<void> {
    try {
      await this.#mysql.rows(`SELECT 1 FROM ${this.#table} LIMIT 0`);
      return;
    } catch (error) {
      if (errnoOf(error) !== noSuchTable) throw error;
    }
    await this.#mysql.run(`CREATE TABLE IF NOT EXISTS ${this.#table} (
      consumer_group varchar(255) NOT NULL, topic varchar(255) NOT NULL, broker varchar(128) NOT NULL,
      queue int NOT NULL, next_offset bigint NOT NULL, mark longtext NULL,
      written_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
      PRIMARY KEY (consumer_group, topic, broker, queue)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`);
  }

  async read(group: string): Promise<readonly QueueOffset[]> {
    const rows = await this.#unlessMissing(
      () =>
        this.#mysql.rows(
          `SELECT topic, broker, queue, next_offset, mark FROM ${this.#table} WHERE consumer_group = ?`,
          [group],
        ),
      [],
    );
    return rows.map(({ topic, broker, queue, next_offset, mark }) => ({
      topic: String(topic),
      broker: String(broker),
      queue: Number(queue),
      offset: Number(next_offset),
      mark: JSON.parse(typeof mark === 'string' ? mark : 'null') as JsonValue,
    }));
  }

  /** False: it is not at `from` any more. */
  async move(
    group: string,
    { topic, broker, queue, offset, mark }: QueueOffset,
    from: number | null,
  ): Promise<boolean> {
    const place = [group, topic, broker, queue];
    const its = JSON.stringify(mark);
    const touched =
      from === null
        ? await this.#mysql.run(
            `INSERT IGNORE INTO ${this.#table} (consumer_group, topic, broker, queue, next_offset, mark)
             VALUES (?, ?, ?, ?, ?, ?)`,
            [...place, offset, its],
          )
        : await this.#mysql.run(
            `UPDATE ${this.#table} SET next_offset = ?, mark = ? WHERE ${isQueue} AND next_offset = ?`,
            [offset, its, ...place, from],
          );
    return touched === 1;
  }

  async set(group: string, offsets: readonly QueueOffset[]): Promise<void> {
    for (const { topic, broker, queue, offset, mark } of offsets) {
      await this.#mysql.run(
        `INSERT INTO ${this.#table} (consumer_group, topic, broker, queue, next_offset, mark)
         VALUES (?, ?, ?, ?, ?, ?)
         ON DUPLICATE KEY UPDATE next_offset = VALUES(next_offset), mark = VALUES(mark)`,
        [group, topic, broker, queue, offset, JSON.stringify(mark)],
      );
    }
  }

  async forget(group: string, queues: readonly QueuePlace[] | null): Promise<void> {
    await this.#unlessMissing(async () => {
      if (queues === null)
        await this.#mysql.run(`DELETE FROM ${this.#table} WHERE consumer_group = ?`, [group]);
      for (const { topic, broker, queue } of queues ?? []) {
        await this.#mysql.run(`DELETE FROM ${this.#table} WHERE ${isQueue}`, [group, topic, broker, queue]);
      }
    }, undefined);
  }

  async #unlessMissing<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (errnoOf(error) === noSuchTable) return otherwise;
      throw error;
    }
  }
}
