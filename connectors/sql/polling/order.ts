import { ConnectorError } from '../../../src/sdk/index.js';
import type { RowShape } from './reader.js';
import type { PollingConfig } from './spec.js';

/** The columns that rows are read by, in the order of a mode: together they tell one row from another. */
export function orderOf(config: PollingConfig, { key, schema }: RowShape): readonly string[] {
  const { mode, column, timestamp_column: time } = config;
  const tie = column === undefined ? key : [column];
  if (tie.length === 0) {
    throw new ConnectorError('config', `${schema.name} has no primary key to read it by`, {
      hint: 'name a column without nulls in which no value comes twice: column: NAME',
    });
  }
  const order = time !== undefined && mode.startsWith('timestamp') ? [time, ...tie] : tie;
  for (const name of order) {
    if (schema.fields.some((field) => field.name === name)) continue;
    throw new ConnectorError('not_found', `${schema.name} has no column ${name}`, {
      hint: `it has: ${schema.fields.map((field) => field.name).join(', ')}`,
    });
  }
  return order;
}
