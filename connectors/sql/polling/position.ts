import { z } from 'zod';
import { ConnectorError, type Position } from '../../../src/sdk/index.js';

/** The values of the columns that rows are ordered by, as the database writes them. */
export const pollingPosition = z.strictObject({ after: z.array(z.string()).min(1) });

/** Null: nothing was read yet. */
export function placeAfter(
  partition: string,
  position: Position | undefined,
  columns: number,
): readonly string[] | null {
  if (position === undefined || position === null) return null;
  const { data } = pollingPosition.safeParse(position);
  if (data?.after.length === columns) return data.after;
  throw new ConnectorError('config', `the position of ${partition} is of another mode or other columns`, {
    hint: 'rmq-connect offsets reset NAME --yes has it start anew; or give the connector another name',
  });
}
