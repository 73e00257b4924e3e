import { ConnectorError } from './errors.js';
import type { SinkRecord } from './record.js';

/** What a sink made of a batch before it wrote anything. */
export interface Made<T> {
  /** In the batch's order; `index` is the record's place in it. */
  readonly made: readonly { readonly index: number; readonly made: T }[];
  /** As `RecordsRefused` takes them. */
  readonly refused: readonly { readonly index: number; readonly error: ConnectorError }[];
}

/** Makes something of each record; those it says `bad_data` of are set aside. */
export function recordsMade<T>(records: readonly SinkRecord[], make: (record: SinkRecord) => T): Made<T> {
  const made: { index: number; made: T }[] = [];
  const refused: { index: number; error: ConnectorError }[] = [];
  for (const [index, record] of records.entries()) {
    try {
      made.push({ index, made: make(record) });
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'bad_data') throw error;
      refused.push({ index, error });
    }
  }
  return { made, refused };
}
