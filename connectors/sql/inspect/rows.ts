import { fine, type Finding, type Findings, type InspectContext } from '../../../src/sdk/index.js';
import { orderOf } from '../polling/order.js';
import type { OpenReader } from '../polling/open-reader.js';
import type { PollingConfig } from '../polling/spec.js';
import type { Connected } from './connected.js';

/** What asking for rows takes: a table that the user `mayRead`, and in it what the mode reads it by. */
export const rowsInspection =
  <Session>(
    connected: Connected<Session>,
    openReader: OpenReader,
    mayRead: (session: Session, table: string) => Promise<readonly Finding[]>,
  ) =>
  (config: PollingConfig, context: InspectContext): Findings =>
    connected(config, context, async function* (session) {
      const { table } = config;
      if (config.mode !== 'query' && table !== undefined) {
        const findings = await mayRead(session, table);
        yield* findings;
        if (findings.some(({ level }) => level === 'problem')) return;
      }
      yield await orderFinding(openReader, config, context);
    });

async function orderFinding(
  openReader: OpenReader,
  config: PollingConfig,
  context: InspectContext,
): Promise<Finding> {
  const reader = await openReader(config, context);
  const what = config.mode === 'query' ? 'the query' : `table ${config.table ?? ''}`;
  try {
    const order = orderOf(config, await reader.shape());
    return fine(`${what} can be read by ${order.join(', ')}`);
  } catch (error) {
    throw reader.error(`cannot read ${what}`, error);
  } finally {
    reader.drop();
  }
}
