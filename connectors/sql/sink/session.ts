import type { ConnectorError, JsonValue, ValueType } from '../../../src/sdk/index.js';
import type { OffsetsTable } from './offsets.js';
import type { RowText, Taken } from './packed/row-text.js';
import type { Sent } from './sent.js';

export interface Column {
  readonly name: string;
  /** Values of it are made by the database: nobody may give any. */
  readonly isGenerated: boolean;
  /** Throws `ConnectorError` `bad_data`, without the name of the column. Never called for null. */
  encode(value: Exclude<JsonValue, null>, type: ValueType | undefined): Sent;
  /** Undefined: every value is to be looked at. */
  readonly takes: Taken | undefined;
}

/** A table as it is. */
export interface Table {
  /** As the configuration names it. */
  readonly name: string;
  readonly columns: ReadonlyMap<string, Column>;
  /** The primary key. */
  readonly key: readonly string[];
}

/** A column to be made. */
export interface NewColumn {
  readonly name: string;
  readonly type: ValueType;
  readonly isOptional: boolean;
}

/** One statement: rows of one table, each with a value for each column. */
export interface Statement {
  readonly kind: 'insert' | 'upsert' | 'update' | 'delete' | 'truncate';
  readonly table: Table;
  readonly columns: readonly Column[];
  /** What `upsert`, `update` and `delete` go by: among the columns. */
  readonly key: readonly string[];
  readonly rows: readonly (readonly Sent[])[];
}

/** A statement whose rows are text already; see `RowText`. */
export interface PackedStatement extends Omit<Statement, 'kind' | 'rows'> {
  readonly kind: 'insert' | 'upsert' | 'update';
  readonly rows: Buffer;
}

/** One connection of a sink to its database. Errors are the driver's own: `error` says what they mean. */
export interface Session {
  /** Null where there is none. */
  table(name: string): Promise<Table | null>;
  /** Not an error where it is there already. */
  create(name: string, columns: readonly NewColumn[], key: readonly string[]): Promise<void>;
  addColumns(name: string, columns: readonly NewColumn[]): Promise<void>;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** A place in the transaction to go back to: one at a time. */
  mark(): Promise<void>;
  backToMark(): Promise<void>;
  run(statement: Statement): Promise<void>;
  /** How `runPacked` takes rows. */
  readonly rowText: RowText;
  /** Whether `runPacked` can do this with the table. */
  packs(kind: PackedStatement['kind'], table: Table): boolean;
  runPacked(statement: PackedStatement): Promise<void>;
  readonly offsets: OffsetsTable;
  error(action: string, error: unknown): ConnectorError;
  /** Whether the connection is gone. */
  readonly isBroken: boolean;
  /** Ends it in good order. Idempotent. */
  close(): Promise<void>;
  /** Ends it at once: the server takes back what is not committed. */
  drop(): void;
}
