import type { ConnectorError, Schema } from '../../../src/sdk/index.js';
import type { Row } from './row.js';

/** Whose rows are read. */
export interface Origin {
  readonly table?: string | undefined;
  readonly query?: string | undefined;
}

/** What rows look like. */
export interface RowShape {
  readonly schema: Schema;
  /** The primary key. */
  readonly key: readonly string[];
  /** Columns whose values are whole numbers. */
  readonly integers: ReadonlySet<string>;
}

/** From `from` up to before `to`. */
export interface KeyRange {
  readonly column: string;
  readonly from: string;
  readonly to: string;
}

/** Which rows. */
export interface RowQuery {
  /** Rows come in the order of these columns, which tell one from another. */
  readonly order: readonly string[];
  /** The values of these columns in the row before; null: from the start. */
  readonly after: readonly string[] | null;
  /** The greatest value of the first of these columns; null: without end. */
  readonly upTo: string | null;
  readonly range: KeyRange | null;
}

export interface PageQuery extends RowQuery {
  /** The columns that the key of a row's message is made of. */
  readonly key: readonly string[];
  readonly limit: number;
}

export interface Page {
  readonly rows: readonly Row[];
  /** About as many as came. */
  readonly bytes: number;
}

/** The greatest value there is, and what tells when no smaller one can appear any more. */
export interface Frontier {
  readonly value: string | null;
  readonly horizon: string | null;
}

/** One connection that reads rows. Values of columns in places are the database's own text. */
export interface Reader {
  /** As it was looked at last. */
  shape(): Promise<RowShape>;
  /** Looks at it again; whether it is another one now. */
  look(): Promise<boolean>;
  page(query: PageQuery): Promise<Page>;
  /** The least and the greatest value; null where there is no row. */
  bounds(column: string): Promise<{ readonly least: string; readonly greatest: string } | null>;
  frontier(column: string): Promise<Frontier>;
  /** Whether all that was going on at the horizon has ended. */
  isPast(horizon: string): Promise<boolean>;
  /** How many rows are left; null where it takes too long to count. */
  count(query: RowQuery): Promise<number | null>;
  error(action: string, error: unknown): ConnectorError;
  readonly isBroken: boolean;
  /** Ends it at once. Idempotent. */
  drop(): void;
}
