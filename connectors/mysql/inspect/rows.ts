import type { Findings, InspectContext } from '../../../src/sdk/index.js';
import { inspectReading } from '../../sql/inspect/reading.js';
import type { PollingConfig } from '../../sql/polling/spec.js';
import { openReader } from '../polling/reader.js';
import { connected } from './connected.js';
import { lackingRights, missingTable, rightsFinding } from './rights.js';

/** What asking for rows takes. */
export async function* inspectRows(config: PollingConfig, context: InspectContext): Findings {
  yield* connected(config, context, async function* (mysql) {
    const { table } = config;
    if (config.mode !== 'query' && table !== undefined) {
      const lacking = await lackingRights(mysql, table, ['SELECT']);
      yield lacking === null ? missingTable(table) : rightsFinding(mysql, table, ['SELECT'], lacking);
      if (lacking?.length !== 0) return;
    }
    yield* inspectReading(openReader, config, context);
  });
}
