import type { Sent } from '../sent.js';

/** How a database has rows as text: in COPY, or as the values of an INSERT. */
export interface RowText {
  readonly beforeRow: string;
  readonly betweenFields: string;
  readonly behindRow: string;
  readonly betweenRows: string;
  readonly null: string;
  /** Around what is text; may be none. */
  readonly quote: string;
  /** ASCII characters of texts that need a backslash, and what stands behind it. */
  readonly escapes: ReadonlyMap<string, string>;
  /** More goes into another statement. */
  readonly mostBytes: number;
  /** A value as it stands in a row. */
  valueText(value: Exclude<Sent, null>): string;
}

/**
 * What of JSON a column takes without a look at the value:
 * - `text`: texts, whole numbers and truths, as text of what they are
 * - `number`: whole numbers as they are, and texts that are a number
 */
export type Taken = 'text' | 'number';
