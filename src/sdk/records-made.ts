import { ConnectorError, RecordsRefused } from './errors.js';
import type { SinkRecord } from './record.js';

/** What is wrong with records of a batch, by their place in it. */
export type Refused = Map<number, ConnectorError>;

/** What a sink made of a batch before it wrote anything. */
export interface Made<T> {
  /** In the batch's order; `index` is the record's place in it. */
  readonly made: readonly { readonly index: number; readonly made: T }[];
  /** The others. Whoever writes adds what the other side refuses. */
  readonly refused: Refused;
}

/** Makes something of each record; those it says `bad_data` of are set aside. */
export function recordsMade<T>(records: readonly SinkRecord[], make: (record: SinkRecord) => T): Made<T> {
  const made: { index: number; made: T }[] = [];
  const refused: Refused = new Map();
  for (const [index, record] of records.entries()) {
    try {
      made.push({ index, made: make(record) });
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'bad_data') throw error;
      refused.set(index, error);
    }
  }
  return { made, refused };
}

/** Throws `RecordsRefused` where there are some. */
export function throwRefused(refused: Refused): void {
  if (refused.size === 0) return;
  const inOrder = [...refused].sort(([a], [b]) => a - b);
  throw new RecordsRefused(inOrder.map(([index, error]) => ({ index, error })));
}
