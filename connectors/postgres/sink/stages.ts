import type { Client } from 'pg';
import type { PackedStatement } from '../../sql/sink/session.js';
import { quoteTable } from '../quote.js';
import { copyIn, listOf, sqlOf } from './statement.js';
import type { PostgresColumn } from './table.js';

/**
 * Runs statements whose rows are in the format of COPY: into their table, or, where rows may be there already, into
 * a temporary one first, which a statement takes them from. It is empty again at the end of the transaction.
 */
export class Stages {
  readonly #client: Client;
  /** By the tables they are for, and the types of their columns: a transaction fills each once. */
  readonly #names = new Map<string, string>();
  /** What was made in the transaction that is under way. */
  #fresh: string[] = [];
  #made = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  async run(statement: PackedStatement): Promise<void> {
    const { kind, rows } = statement;
    const table = quoteTable(statement.table.name);
    if (kind === 'insert') {
      await copyIn(this.#client, `COPY ${table} (${listOf(statement)}) FROM STDIN`, rows);
      return;
    }
    const stage = await this.#stage(statement);
    await copyIn(this.#client, `COPY ${stage} FROM STDIN`, rows);
    await this.#client.query(sqlOf(statement, table, `${stage} AS r`));
  }

  /** The transaction is committed. */
  keep(): void {
    this.#fresh = [];
  }

  /**
   * The transaction is taken back, and what was made in it is gone. The others are there as before: one that was left
   * behind at each batch with a bad record would be emptied at every commit, until the server has no lock left for it.
   */
  forget(): void {
    for (const purpose of this.#fresh) this.#names.delete(purpose);
    this.#fresh = [];
  }

  async #stage({ table, columns }: PackedStatement): Promise<string> {
    const definition = columns
      .map((column, at) => `c${String(at)} ${(column as PostgresColumn).typeSql}`)
      .join(', ');
    const purpose = `${table.name} ${definition}`;
    const known = this.#names.get(purpose);
    if (known !== undefined) return known;
    this.#made += 1;
    const name = `pg_temp.rmq_connect_${String(this.#made)}`;
    await this.#client.query(`CREATE TEMPORARY TABLE ${name} (${definition}) ON COMMIT DELETE ROWS`);
    this.#names.set(purpose, name);
    this.#fresh.push(purpose);
    return name;
  }
}
