import { fine, problem, type Finding, type Findings, type InspectContext } from '../../../src/sdk/index.js';
import { orderOf } from '../../sql/polling/order.js';
import { openReader } from '../polling/reader.js';
import { cdcOf, pollingOf, type SourceConfig } from '../spec.js';
import { inspectCdc } from './cdc.js';
import { connected, hurried } from './connected.js';
import { rightsFindings, tableRights } from './rights.js';

export async function* inspectSource(config: SourceConfig, context: InspectContext): Findings {
  const inTime = hurried(config, context);
  yield* connected(inTime, context, async function* (client) {
    const polling = pollingOf(inTime);
    if (polling === null) {
      yield* inspectCdc(client, cdcOf(inTime), context.connector);
      return;
    }
    const { table } = polling;
    if (polling.mode !== 'query' && table !== undefined) {
      const found = await tableRights(client, table);
      yield* found === null ? [missing(table)] : rightsFindings(client, table, found, ['SELECT']);
      if (!found?.rights.has('SELECT')) return;
    }
    const reader = await openReader(polling, context);
    try {
      const order = orderOf(polling, await reader.shape());
      yield fine(`${table ?? 'the query'} can be read by ${order.join(', ')}`);
    } catch (error) {
      throw reader.error(`cannot read ${table ?? 'the query'}`, error);
    } finally {
      reader.drop();
    }
  });
}

const missing = (table: string): Finding =>
  problem(
    `there is no table ${table}`,
    'check `table`: names are as in the database, of another schema SCHEMA.TABLE',
  );
