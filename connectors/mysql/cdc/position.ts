import { z } from 'zod';
import { ConnectorError, type Position } from '../../../src/sdk/index.js';

const place = { file: z.string().min(1), pos: z.int().min(0) };

/** In the binlog: behind change `row`, from 0, of the transaction that begins at `pos` of `file`; -1: before all. */
const inLog = z.strictObject({ ...place, row: z.int().min(-1) });

/**
 * In the snapshot: tables before `table` are read, and this one up to and with `key` (the values of its key
 * columns as SQL; null: nothing). The binlog follows from the place on.
 */
const inSnapshot = z.strictObject({
  snapshot: z.strictObject({ ...place, table: z.string(), key: z.array(z.string()).nullable() }),
});

export const cdcPosition = z.union([inLog, inSnapshot]);

export type LogPosition = z.infer<typeof inLog>;
export type SnapshotPosition = z.infer<typeof inSnapshot>;
export type CdcPosition = z.infer<typeof cdcPosition>;

/** Between two transactions. */
export type LogPlace = Pick<LogPosition, 'file' | 'pos'>;

export function readPosition(partition: string, position: Position | undefined): CdcPosition | null {
  if (position === undefined) return null;
  const parsed = cdcPosition.safeParse(position);
  if (parsed.success) return parsed.data;
  throw new ConnectorError('config', `${JSON.stringify(position)} is no position of ${partition}`, {
    hint: 'offsets reset makes it start anew',
  });
}

/** Files are numbered: `binlog.000009` is followed by `binlog.000010`, and `binlog.999999` by `binlog.1000000`. */
export function isBehind(a: LogPlace, b: LogPlace): boolean {
  const [first, second] = [numberOf(a.file), numberOf(b.file)];
  return first === second ? a.pos > b.pos : first > second;
}

const numberOf = (file: string): number => Number(/\d+$/.exec(file)?.[0] ?? 0);
