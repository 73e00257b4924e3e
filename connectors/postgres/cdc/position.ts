import { z } from 'zod';
import type { Position } from '../../../src/sdk/index.js';
import { inSnapshot, positionIn } from '../../sql/cdc/position.js';
import { lsnPattern } from './lsn.js';

const lsn = z.string().regex(lsnPattern, 'a place in the log looks like 16/B374D848');

/** In the log: behind change `index`, from 0, of the transaction that was committed at `lsn`; -1: before all. */
const inLog = z.strictObject({ lsn, index: z.int().min(-1) });
const snapshot = inSnapshot({ lsn });

export const cdcPosition = z.union([inLog, snapshot]);

export type LogPosition = z.infer<typeof inLog>;
export type SnapshotPosition = z.infer<typeof snapshot>;
export type CdcPosition = z.infer<typeof cdcPosition>;

export const readPosition = (partition: string, position: Position | undefined): CdcPosition | null =>
  positionIn(cdcPosition, partition, position);
