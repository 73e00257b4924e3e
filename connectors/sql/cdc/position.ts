import { z } from 'zod';
import { ConnectorError, type Position } from '../../../src/sdk/index.js';

/**
 * In the snapshot: tables before `table` are read, and this one up to and with `key` (the values of its key
 * columns in the database's own words; null: nothing). The log follows from the place on, whose fields
 * `place` has.
 */
export const inSnapshot = <Place extends z.ZodRawShape>(place: Place) =>
  z.strictObject({
    snapshot: z.strictObject({ ...place, table: z.string(), key: z.array(z.string()).nullable() }),
  });

/** Null: there is none yet. Throws for what a source of this kind has not written. */
export function positionIn<T>(
  spec: z.ZodType<T>,
  partition: string,
  position: Position | undefined,
): T | null {
  if (position === undefined) return null;
  const parsed = spec.safeParse(position);
  if (parsed.success) return parsed.data;
  throw new ConnectorError('config', `${JSON.stringify(position)} is no position of ${partition}`, {
    hint: 'rmq-connect offsets reset NAME --yes has it start anew; or give the connector another name',
  });
}
