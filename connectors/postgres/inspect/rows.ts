import { problem } from '../../../src/sdk/index.js';
import { rowsInspection } from '../../sql/inspect/rows.js';
import { openReader } from '../polling/reader.js';
import { connected } from './connected.js';
import { rightsFindings, tableRights } from './rights.js';

export const inspectRows = rowsInspection(connected, openReader, async (client, table) => {
  const found = await tableRights(client, table);
  if (found !== null) return rightsFindings(client, table, found, ['SELECT']);
  const hint = 'check `table`: names are as in the database, of another schema SCHEMA.TABLE';
  return [problem(`there is no table ${table}`, hint)];
});
