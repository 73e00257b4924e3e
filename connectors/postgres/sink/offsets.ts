import type { Client } from 'pg';
import type { JsonValue, QueueOffset } from '../../../src/sdk/index.js';
import type { QueuePlace } from '../../sql/sink/session.js';
import { quoteTable } from '../quote.js';

type Row = Record<string, string | null>;

/** The table of the queues' offsets: one row a queue and group. */
export class OffsetsTable {
  readonly #client: Client;
  readonly #name: string;
  readonly #table: string;

  constructor(client: Client, name: string) {
    this.#client = client;
    this.#name = name;
    this.#table = quoteTable(name);
  }

  async exists(): Promise<boolean> {
    const { rows } = await this.#client.query<Row>('SELECT to_regclass($1) AS found', [
      quoteTable(this.#name),
    ]);
    return (rows[0]?.found ?? null) !== null;
  }

  async make(): Promise<void> {
    if (await this.exists()) return;
    await this.#client.query(`CREATE TABLE IF NOT EXISTS ${this.#table} (
      consumer_group text NOT NULL, topic text NOT NULL, broker text NOT NULL, queue integer NOT NULL,
      next_offset bigint NOT NULL, mark jsonb, written_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (consumer_group, topic, broker, queue))`);
  }

  async read(group: string): Promise<readonly QueueOffset[]> {
    if (!(await this.exists())) return [];
    const { rows } = await this.#client.query<Row>(
      `SELECT topic, broker, queue, next_offset, mark FROM ${this.#table} WHERE consumer_group = $1`,
      [group],
    );
    return rows.map(({ topic, broker, queue, next_offset, mark }) => ({
      topic: topic ?? '',
      broker: broker ?? '',
      queue: Number(queue),
      offset: Number(next_offset),
      mark: JSON.parse(mark ?? 'null') as JsonValue,
    }));
  }

  /** False: it is not at `from` any more. */
  async move(group: string, to: QueueOffset, from: number | null): Promise<boolean> {
    const values = [group, to.topic, to.broker, to.queue, to.offset, JSON.stringify(to.mark)];
    const { rowCount } =
      from === null
        ? await this.#client.query(
            `INSERT INTO ${this.#table} (consumer_group, topic, broker, queue, next_offset, mark)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
            values,
          )
        : await this.#client.query(
            `UPDATE ${this.#table} SET next_offset = $5, mark = $6, written_at = now()
             WHERE consumer_group = $1 AND topic = $2 AND broker = $3 AND queue = $4 AND next_offset = $7`,
            [...values, from],
          );
    return rowCount === 1;
  }

  async set(group: string, offsets: readonly QueueOffset[]): Promise<void> {
    for (const { topic, broker, queue, offset, mark } of offsets) {
      await this.#client.query(
        `INSERT INTO ${this.#table} (consumer_group, topic, broker, queue, next_offset, mark)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (consumer_group, topic, broker, queue)
         DO UPDATE SET next_offset = EXCLUDED.next_offset, mark = EXCLUDED.mark, written_at = now()`,
        [group, topic, broker, queue, offset, JSON.stringify(mark)],
      );
    }
  }

  async forget(group: string, queues: readonly QueuePlace[] | null): Promise<void> {
    if (!(await this.exists())) return;
    if (queues === null) {
      await this.#client.query(`DELETE FROM ${this.#table} WHERE consumer_group = $1`, [group]);
      return;
    }
    for (const { topic, broker, queue } of queues) {
      await this.#client.query(
        `DELETE FROM ${this.#table} WHERE consumer_group = $1 AND topic = $2 AND broker = $3 AND queue = $4`,
        [group, topic, broker, queue],
      );
    }
  }
}
