import type { Adopted, ConnectorContext, ForeignPosition, JsonObject } from '../../../src/sdk/index.js';
import { usingReader, type OpenReader } from './open-reader.js';
import { partitionName } from './ranges.js';
import type { PollingConfig } from './spec.js';

/**
 * The JDBC source of Apache RocketMQ Connect keeps, for a table in the mode incrementing, `{incrementing}`: the value of
 * the last row it has handed out. Its times are of another clock and zone than ours: those are not taken over.
 */
export async function adoptJdbc(
  openReader: OpenReader,
  config: PollingConfig,
  { partition: from, offset }: ForeignPosition,
  context: Pick<ConnectorContext, 'baseDir'>,
): Promise<Adopted> {
  const { incrementing, timestamp } = offset;
  const isPlace = typeof incrementing === 'number' && Number.isSafeInteger(incrementing);
  if (config.mode !== 'incrementing' || timestamp !== undefined || !isPlace) {
    return { partition: null, note: 'only places of the mode incrementing are taken over, on both sides' };
  }
  const name = await usingReader(openReader, config, context, async (reader) => {
    return (await reader.shape()).schema.name;
  });
  if (!tablesIn(from).some((table) => lastPart(table) === lastPart(name))) {
    return { partition: null, note: `this connector reads ${name}` };
  }
  return { partition: partitionName(name, null), position: { after: [String(incrementing)] }, note: null };
}

/** The key of the table has a suffix that can be chosen; the other one is the topic, which may have a prefix. */
const tablesIn = (partition: JsonObject): readonly string[] =>
  Object.entries(partition).flatMap(([key, value]) =>
    key !== 'topic' && typeof value === 'string' ? [value] : [],
  );

const lastPart = (table: string): string =>
  table
    .split('.')
    .at(-1)
    ?.replace(/^["`]|["`]$/g, '') ?? '';
