import type { ConnectorContext, ConnectorError } from '../../../src/sdk/index.js';
import type { OffsetsTable } from '../../sql/sink/offsets.js';
import type { NewColumn, PackedStatement, Session, Statement, Table } from '../../sql/sink/session.js';
import type { SqlSinkConfig } from '../../sql/sink/spec.js';
import { Mysql } from '../connect.js';
import { tableGrantHint } from '../grant.js';
import { errnoOf, mysqlError } from '../mysql-error.js';
import { quoteName, quoteTable } from '../quote.js';
import { columnDefinitions } from './create.js';
import { rowText } from './encode.js';
import { offsetsTable } from './offsets.js';
import { runPacked, runStatement } from './statement.js';
import { readTable } from './table.js';

export async function openSession(
  config: SqlSinkConfig,
  { baseDir }: Pick<ConnectorContext, 'baseDir'>,
): Promise<Session> {
  const mysql = await Mysql.open(config, baseDir);
  return new MysqlSession(mysql, config.offsets_table);
}

class MysqlSession implements Session {
  readonly #mysql: Mysql;
  readonly offsets: OffsetsTable;
  readonly rowText = rowText;
  /** The table of the statement that ran last, for errors. */
  #table: string | null = null;

  constructor(mysql: Mysql, table: string) {
    this.#mysql = mysql;
    this.offsets = offsetsTable(mysql, table);
  }

  get isBroken(): boolean {
    return this.#mysql.isBroken;
  }

  table(name: string): Promise<Table | null> {
    this.#table = name;
    return readTable(this.#mysql, name);
  }

  async create(name: string, columns: readonly NewColumn[], key: readonly string[]): Promise<void> {
    this.#table = name;
    const definitions = columnDefinitions(columns, key);
    if (key.length > 0) definitions.push(`PRIMARY KEY (${key.map(quoteName).join(', ')})`);
    await this.#mysql.run(
      `CREATE TABLE IF NOT EXISTS ${quoteTable(name)} (${definitions.join(', ')}) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
    );
  }

  async addColumns(name: string, columns: readonly NewColumn[]): Promise<void> {
    this.#table = name;
    const optional = columns.map((column) => ({ ...column, isOptional: true }));
    for (const definition of columnDefinitions(optional, [])) {
      // Another task may have been faster.
      await this.#mysql
        .run(`ALTER TABLE ${quoteTable(name)} ADD COLUMN ${definition}`)
        .catch((error: unknown) => {
          if (errnoOf(error) !== 1060) throw error;
        });
    }
  }

  async begin(): Promise<void> {
    await this.#mysql.run('START TRANSACTION');
  }

  async commit(): Promise<void> {
    await this.#mysql.run('COMMIT');
  }

  async rollback(): Promise<void> {
    await this.#mysql.run('ROLLBACK');
  }

  async mark(): Promise<void> {
    await this.#mysql.run('SAVEPOINT rmq');
  }

  async backToMark(): Promise<void> {
    await this.#mysql.run('ROLLBACK TO SAVEPOINT rmq');
  }

  async run(statement: Statement): Promise<void> {
    this.#table = statement.table.name;
    await runStatement(this.#mysql, statement);
    this.#table = null;
  }

  /** Updates are a statement each. */
  packs(kind: PackedStatement['kind']): boolean {
    return kind !== 'update';
  }

  async runPacked(statement: PackedStatement): Promise<void> {
    this.#table = statement.table.name;
    await runPacked(this.#mysql, statement);
    this.#table = null;
  }

  error(action: string, error: unknown): ConnectorError {
    const table = this.#table;
    if (table === null) return mysqlError(action, error);
    const hint = tableGrantHint(this.#mysql, error, 'SELECT, INSERT, UPDATE, DELETE', table);
    return mysqlError(`${action} to table ${table}`, error, hint);
  }

  async close(): Promise<void> {
    if (this.#mysql.isBroken) this.#mysql.drop();
    else await this.#mysql.close();
  }

  drop(): void {
    this.#mysql.drop();
  }
}
