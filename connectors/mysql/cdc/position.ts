import { z } from 'zod';
import type { Position } from '../../../src/sdk/index.js';
import { inSnapshot, positionIn } from '../../sql/cdc/position.js';
import { partition } from './spec.js';

const place = { file: z.string().min(1), pos: z.int().min(0) };

const behind = { ...place, row: z.int().min(-1) };
/**
 * In the binlog: behind change `row`, from 0, of the transaction that begins at `pos` of `file`; -1: before all. With the
 * id of the server that wrote the file, where something was read of it: others have files of the same names.
 */
const inLog = z.union([z.strictObject({ ...behind, server: z.int().min(0) }), z.strictObject(behind)]);
const snapshot = inSnapshot(place);

export const cdcPosition = z.union([inLog, snapshot]);

export type LogPosition = z.infer<typeof inLog>;
export type SnapshotPosition = z.infer<typeof snapshot>;
export type CdcPosition = z.infer<typeof cdcPosition>;

/** Between two transactions. */
export type LogPlace = Pick<LogPosition, 'file' | 'pos'>;

/** Whose binlog the place is in, where that is known. */
export const serverOf = (position: LogPosition): number | null =>
  'server' in position ? position.server : null;

export const storedPosition = (positions: ReadonlyMap<string, Position>): CdcPosition | null =>
  positionIn(cdcPosition, partition, positions.get(partition));

/** Files are numbered: `binlog.000009` is followed by `binlog.000010`, and `binlog.999999` by `binlog.1000000`. */
export function isBehind(a: LogPlace, b: LogPlace): boolean {
  const [first, second] = [numberOf(a.file), numberOf(b.file)];
  return first === second ? a.pos > b.pos : first > second;
}

const numberOf = (file: string): number => Number(/\d+$/.exec(file)?.[0] ?? 0);
