import { problem, type Findings, type InspectContext } from '../../../src/sdk/index.js';
import { inspectReading } from '../../sql/inspect/reading.js';
import type { PollingConfig } from '../../sql/polling/spec.js';
import { openReader } from '../polling/reader.js';
import { connected } from './connected.js';
import { rightsFindings, tableRights } from './rights.js';

/** What asking for rows takes. */
export async function* inspectRows(config: PollingConfig, context: InspectContext): Findings {
  yield* connected({ ...config, baseDir: context.baseDir }, context, async function* (client) {
    const { table } = config;
    if (config.mode !== 'query' && table !== undefined) {
      const found = await tableRights(client, table);
      if (found === null) {
        yield problem(
          `there is no table ${table}`,
          'check `table`: names are as in the database, of another schema SCHEMA.TABLE',
        );
        return;
      }
      yield* rightsFindings(client, table, found, ['SELECT']);
      if (!found.rights.has('SELECT') || !found.mayUseSchema) return;
    }
    yield* inspectReading(openReader, config, context);
  });
}
