import type { ConnectorContext } from '../../../src/sdk/index.js';
import type { Reader } from './reader.js';
import type { PollingConfig } from './spec.js';

export type OpenReader = (
  config: PollingConfig,
  context: Pick<ConnectorContext, 'baseDir'>,
) => Promise<Reader>;

/** Opens a reader for a short look, and drops it. Throws what is wrong in the words of the database's connector. */
export async function usingReader<T>(
  openReader: OpenReader,
  config: PollingConfig,
  context: Pick<ConnectorContext, 'baseDir'>,
  work: (reader: Reader) => Promise<T>,
): Promise<T> {
  const reader = await openReader(config, context);
  try {
    return await work(reader);
  } catch (error) {
    throw reader.error(`cannot read ${config.table ?? 'the query'}`, error);
  } finally {
    reader.drop();
  }
}
