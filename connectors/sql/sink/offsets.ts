import type { JsonValue, QueueOffset } from '../../../src/sdk/index.js';

export type QueuePlace = Pick<QueueOffset, 'topic' | 'broker' | 'queue'>;

/** How a database is told about the table of the queues' offsets. */
export interface OffsetsDialect {
  /** The table, quoted. */
  readonly table: string;
  exists(): Promise<boolean>;
  /** The statement that makes it, where it is missing. */
  readonly definition: string;
  /** How the parameter of this number, from 1, stands in a statement. */
  readonly parameter: (number: number) => string;
  /** Of `INTO table (columns) VALUES (…)`: the insert that does nothing where the row is there. */
  insertNew(into: string): string;
  /** And the one that puts the new `next_offset` and `mark` in its place. */
  insertOrReplace(into: string): string;
  rows(sql: string, values: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** How many rows it touched. */
  run(sql: string, values: readonly unknown[]): Promise<number>;
}

/** The table of the queues' offsets: one row a queue and group. */
export class OffsetsTable {
  readonly #dialect: OffsetsDialect;
  /** `INTO … VALUES …` with a parameter for each column. */
  readonly #into: string;

  constructor(dialect: OffsetsDialect) {
    this.#dialect = dialect;
    const parameters = Array.from({ length: 6 }, (_, at) => dialect.parameter(at + 1));
    this.#into =
      `INTO ${dialect.table} (consumer_group, topic, broker, queue, next_offset, mark) ` +
      `VALUES (${parameters.join(', ')})`;
  }

  /** Makes it where it is missing. */
  async make(): Promise<void> {
    const { definition } = this.#dialect;
    if (await this.#dialect.exists()) return;
    try {
      await this.#dialect.run(definition, []);
    } catch (error) {
      // PostgreSQL refuses one of two sinks that make it at the same moment, IF NOT EXISTS or not.
      if (!(await this.#dialect.exists())) throw error;
    }
  }

  /** None where there is no table. */
  async read(group: string): Promise<readonly QueueOffset[]> {
    const { table, parameter } = this.#dialect;
    if (!(await this.#dialect.exists())) return [];
    const rows = await this.#dialect.rows(
      `SELECT topic, broker, queue, next_offset, mark FROM ${table} WHERE consumer_group = ${parameter(1)}`,
      [group],
    );
    return rows.map(({ topic, broker, queue, next_offset, mark }) => ({
      topic: String(topic),
      broker: String(broker),
      queue: Number(queue),
      offset: Number(next_offset),
      mark: JSON.parse(typeof mark === 'string' ? mark : 'null') as JsonValue,
    }));
  }

  /** False: the place is not at `from` (null: nowhere) any more, and nothing was changed. */
  async move(group: string, to: QueueOffset, from: number | null): Promise<boolean> {
    const { table, parameter } = this.#dialect;
    if (from === null) {
      const sql = this.#dialect.insertNew(this.#into);
      return (await this.#dialect.run(sql, valuesOf(group, to))) === 1;
    }
    const touched = await this.#dialect.run(
      `UPDATE ${table} SET next_offset = ${parameter(1)}, mark = ${parameter(2)}, written_at = CURRENT_TIMESTAMP
       WHERE ${this.#isQueue(3)} AND next_offset = ${parameter(7)}`,
      [to.offset, JSON.stringify(to.mark), group, to.topic, to.broker, to.queue, from],
    );
    return touched === 1;
  }

  async set(group: string, offsets: readonly QueueOffset[]): Promise<void> {
    const sql = this.#dialect.insertOrReplace(this.#into);
    for (const one of offsets) await this.#dialect.run(sql, valuesOf(group, one));
  }

  /** `null`: of all queues. */
  async forget(group: string, queues: readonly QueuePlace[] | null): Promise<void> {
    const { table, parameter } = this.#dialect;
    if (!(await this.#dialect.exists())) return;
    if (queues === null) {
      await this.#dialect.run(`DELETE FROM ${table} WHERE consumer_group = ${parameter(1)}`, [group]);
      return;
    }
    for (const { topic, broker, queue } of queues) {
      const place = [group, topic, broker, queue];
      await this.#dialect.run(`DELETE FROM ${table} WHERE ${this.#isQueue(1)}`, place);
    }
  }

  /** Parameters from this number on: group, topic, broker, queue. */
  #isQueue(first: number): string {
    return ['consumer_group', 'topic', 'broker', 'queue']
      .map((name, at) => `${name} = ${this.#dialect.parameter(first + at)}`)
      .join(' AND ');
  }
}

const valuesOf = (group: string, { topic, broker, queue, offset, mark }: QueueOffset): unknown[] => [
  group,
  topic,
  broker,
  queue,
  offset,
  JSON.stringify(mark),
];
