import type { Client } from 'pg';
import { ConnectorError, type ConnectorContext } from '../../../src/sdk/index.js';
import type { OffsetsTable } from '../../sql/sink/offsets.js';
import type { NewColumn, PackedStatement, Session, Statement, Table } from '../../sql/sink/session.js';
import type { SqlSinkConfig } from '../../sql/sink/spec.js';
import { connect, drop } from '../connect.js';
import { grantHint } from '../grant.js';
import { postgresError, sqlState } from '../postgres-error.js';
import { quoteName, quoteTable } from '../quote.js';
import { columnDefinitions } from './create.js';
import { rowText } from './encode.js';
import { offsetsTable } from './offsets.js';
import { runStatement } from './statement.js';
import { Stages } from './stages.js';
import { readTable, type PostgresTable } from './table.js';

export async function openSession(
  config: SqlSinkConfig,
  { baseDir }: Pick<ConnectorContext, 'baseDir'>,
): Promise<Session> {
  return new PostgresSession(await connect({ ...config, baseDir }), config.offsets_table);
}

class PostgresSession implements Session {
  readonly #client: Client;
  readonly offsets: OffsetsTable;
  readonly rowText = rowText;
  readonly #stages: Stages;
  #isBroken = false;
  #isMarked = false;
  /** The table of the statement that ran last, for errors. */
  #table: string | null = null;

  constructor(client: Client, table: string) {
    this.#client = client;
    this.offsets = offsetsTable(client, table);
    this.#stages = new Stages(client);
    const broke = (): void => {
      this.#isBroken = true;
    };
    client.on('error', broke);
    client.on('end', broke);
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  table(name: string): Promise<Table | null> {
    this.#table = name;
    return readTable(this.#client, name);
  }

  async create(name: string, columns: readonly NewColumn[], key: readonly string[]): Promise<void> {
    this.#table = name;
    const definitions = await columnDefinitions(this.#client, columns);
    if (key.length > 0) definitions.push(`PRIMARY KEY (${key.map(quoteName).join(', ')})`);
    await this.#define(`CREATE TABLE IF NOT EXISTS ${quoteTable(name)} (${definitions.join(', ')})`);
  }

  async addColumns(name: string, columns: readonly NewColumn[]): Promise<void> {
    this.#table = name;
    const definitions = await columnDefinitions(
      this.#client,
      columns.map((column) => ({ ...column, isOptional: true })),
    );
    const added = definitions.map((definition) => `ADD COLUMN IF NOT EXISTS ${definition}`);
    await this.#define(`ALTER TABLE ${quoteTable(name)} ${added.join(', ')}`);
  }

  async begin(): Promise<void> {
    this.#isMarked = false;
    await this.#client.query('BEGIN');
  }

  async commit(): Promise<void> {
    try {
      await this.#client.query('COMMIT');
    } catch (error) {
      // A constraint that is deferred is looked at only here.
      this.#stages.forget();
      throw error;
    }
    this.#stages.keep();
  }

  async rollback(): Promise<void> {
    this.#stages.forget();
    await this.#client.query('ROLLBACK');
  }

  async mark(): Promise<void> {
    await this.#client.query(this.#isMarked ? 'RELEASE SAVEPOINT rmq; SAVEPOINT rmq' : 'SAVEPOINT rmq');
    this.#isMarked = true;
  }

  async backToMark(): Promise<void> {
    await this.#client.query('ROLLBACK TO SAVEPOINT rmq');
  }

  async run(statement: Statement): Promise<void> {
    this.#table = statement.table.name;
    await runStatement(this.#client, statement);
    this.#table = null;
  }

  packs(kind: PackedStatement['kind'], table: Table): boolean {
    return kind === 'insert' || (table as PostgresTable).mayStage;
  }

  async runPacked(statement: PackedStatement): Promise<void> {
    this.#table = statement.table.name;
    await this.#stages.run(statement);
    this.#table = null;
  }

  error(action: string, error: unknown): ConnectorError {
    if (error instanceof ConnectorError) return error;
    const table = this.#table;
    const hint =
      table === null
        ? undefined
        : grantHint(this.#client, error, 'SELECT, INSERT, UPDATE, DELETE', quoteTable(table));
    return postgresError(table === null ? action : `${action} to table ${table}`, error, hint);
  }

  async close(): Promise<void> {
    if (this.#isBroken) this.drop();
    else await this.#client.end().catch(() => undefined);
    this.#isBroken = true;
  }

  drop(): void {
    this.#isBroken = true;
    drop(this.#client);
  }

  /** Two that make the same at once get in each other's way, and both are done then. */
  async #define(sql: string): Promise<void> {
    try {
      await this.#client.query(sql);
    } catch (error) {
      const code = sqlState(error);
      if (code === '42P07' || code === '42701' || code === '23505') return;
      throw error;
    }
  }
}
