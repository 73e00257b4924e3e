import { z } from 'zod';
import { ConnectorError, type Position } from '../../../src/sdk/index.js';
import { lsnPattern } from './lsn.js';

const lsn = z.string().regex(lsnPattern, 'a place in the log looks like 16/B374D848');

/** In the log: behind change `index`, from 0, of the transaction that was committed at `lsn`; -1: before all. */
const inLog = z.strictObject({ lsn, index: z.int().min(-1) });

/**
 * In the snapshot: tables before `table` are read, and this one up to and with `key` (the values of its key
 * columns as PostgreSQL writes them; null: nothing). The log follows from `lsn` on.
 */
const inSnapshot = z.strictObject({
  snapshot: z.strictObject({ lsn, table: z.string(), key: z.array(z.string()).nullable() }),
});

export const cdcPosition = z.union([inLog, inSnapshot]);

export type LogPosition = z.infer<typeof inLog>;
export type SnapshotPosition = z.infer<typeof inSnapshot>;
export type CdcPosition = z.infer<typeof cdcPosition>;

export function readPosition(partition: string, position: Position | undefined): CdcPosition | null {
  if (position === undefined) return null;
  const parsed = cdcPosition.safeParse(position);
  if (parsed.success) return parsed.data;
  throw new ConnectorError('config', `${JSON.stringify(position)} is no position of ${partition}`, {
    hint: 'offsets reset makes it start anew',
  });
}
