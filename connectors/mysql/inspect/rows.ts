import { rowsInspection } from '../../sql/inspect/rows.js';
import { openReader } from '../polling/reader.js';
import { connected } from './connected.js';
import { lackingRights, missingTable, rightsFinding } from './rights.js';

export const inspectRows = rowsInspection(connected, openReader, async (mysql, table) => {
  const lacking = await lackingRights(mysql, table, ['SELECT']);
  return [lacking === null ? missingTable(table) : rightsFinding(mysql, table, ['SELECT'], lacking)];
});
