import { fine, type Findings, type InspectContext } from '../../../src/sdk/index.js';
import type { ConnectionFields } from '../connection.js';
import { orderOf } from '../polling/order.js';
import type { OpenReader } from '../polling/source.js';
import type { PollingConfig } from '../polling/spec.js';

/** Whether the rows of a table that is there, or of a query, have what the mode reads them by. */
export async function* inspectReading(
  openReader: OpenReader,
  config: PollingConfig,
  context: InspectContext,
): Findings {
  const reader = await openReader(config, context);
  const what = config.mode === 'query' ? 'the query' : `table ${config.table ?? ''}`;
  try {
    const order = orderOf(config, await reader.shape());
    yield fine(`${what} can be read by ${order.join(', ')}`);
  } catch (error) {
    throw reader.error(`cannot read ${what}`, error);
  } finally {
    reader.drop();
  }
}

/** With limits to what it may take. */
export const hurried = <Config extends ConnectionFields>(
  config: Config,
  { timeoutMs }: InspectContext,
): Config => ({
  ...config,
  timeout_ms: Math.min(config.timeout_ms, timeoutMs),
  statement_timeout_ms: timeoutMs,
});
