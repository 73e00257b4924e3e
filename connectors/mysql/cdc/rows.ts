import type { JsonValue } from '../../../src/sdk/index.js';
import type { RowsEvent, TableMap } from './events.js';
import type { Shape } from './tables.js';
import { readValue } from './values.js';

export type RowValues = Record<string, JsonValue>;

export interface RowChange {
  readonly before: RowValues | null;
  readonly after: RowValues | null;
}

/** The rows of an event, one by one: an event may hold many. Columns that are not in the image are left out. */
export function* rowsOf(
  event: RowsEvent,
  map: TableMap,
  shape: Shape,
): Generator<RowChange, void, undefined> {
  while (event.reader.left > 0) {
    const first = readImage(event, event.present, map, shape);
    if (event.op === 'c') yield { before: null, after: first };
    else if (event.op === 'd') yield { before: first, after: null };
    else yield { before: first, after: readImage(event, event.presentAfter, map, shape) };
  }
}

/** One bit a column that is there tells whether it is null. */
function readImage({ reader }: RowsEvent, present: Buffer, map: TableMap, { columns }: Shape): RowValues {
  const there = columns.filter((_column, index) => hasBit(present, index)).length;
  const nulls = reader.take((there + 7) >> 3);
  const row: RowValues = {};
  let place = 0;
  for (const [index, column] of columns.entries()) {
    if (!hasBit(present, index)) continue;
    row[column.name] = hasBit(nulls, place)
      ? null
      : readValue(reader, map.types[index] ?? 0, map.metadata[index] ?? 0, column);
    place += 1;
  }
  return row;
}

const hasBit = (bits: Buffer, index: number): boolean => ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
