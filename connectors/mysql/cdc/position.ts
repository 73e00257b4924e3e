import { z } from 'zod';
import type { Position } from '../../../src/sdk/index.js';
import { inSnapshot, positionIn } from '../../sql/cdc/position.js';
import { partition } from './spec.js';

const place = { file: z.string().min(1), pos: z.int().min(0) };

/** In the binlog: behind change `row`, from 0, of the transaction that begins at `pos` of `file`; -1: before all. */
const inLog = z.strictObject({ ...place, row: z.int().min(-1) });
const snapshot = inSnapshot(place);

export const cdcPosition = z.union([inLog, snapshot]);

export type LogPosition = z.infer<typeof inLog>;
export type SnapshotPosition = z.infer<typeof snapshot>;
export type CdcPosition = z.infer<typeof cdcPosition>;

/** Between two transactions. */
export type LogPlace = Pick<LogPosition, 'file' | 'pos'>;

export const storedPosition = (positions: ReadonlyMap<string, Position>): CdcPosition | null =>
  positionIn(cdcPosition, partition, positions.get(partition));

/** Files are numbered: `binlog.000009` is followed by `binlog.000010`, and `binlog.999999` by `binlog.1000000`. */
export function isBehind(a: LogPlace, b: LogPlace): boolean {
  const [first, second] = [numberOf(a.file), numberOf(b.file)];
  return first === second ? a.pos > b.pos : first > second;
}

const numberOf = (file: string): number => Number(/\d+$/.exec(file)?.[0] ?? 0);
