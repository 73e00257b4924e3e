import {
  ConnectorError,
  type ConnectorContext,
  type JsonObject,
  type Lag,
  type Position,
  type SourceConnector,
} from '../../../src/sdk/index.js';
import { usingReader, type OpenReader } from './open-reader.js';
import { orderOf } from './order.js';
import { Pages } from './pages.js';
import { placeAfter } from './position.js';
import { partitionName, rangesOf } from './ranges.js';
import type { KeyRange, Reader, RowShape } from './reader.js';
import { Settled } from './settled.js';
import { missingFields, type PollingConfig } from './spec.js';
import { PollingTask } from './task.js';

/** Opens a source that asks a database for rows. */
export async function startPolling(
  openReader: OpenReader,
  config: PollingConfig,
  context: ConnectorContext,
): Promise<SourceConnector> {
  const [missing] = missingFields(config);
  if (missing !== undefined) throw new ConnectorError('config', missing.message);
  // What cannot be read is said at once.
  await usingReader(openReader, config, context, async (reader) => orderOf(config, await reader.shape()));
  return {
    tasks: (max) =>
      usingReader(openReader, config, context, async (reader) => {
        const shape = await reader.shape();
        return deal(await partitionsOf(config, shape, reader), max);
      }),
    open: async (task, its, positions) => {
      const reader = await openReader(config, context);
      try {
        return await openTask(config, reader, rangesIn(task), its.once, positions);
      } catch (error) {
        reader.drop();
        throw reader.error('cannot start', error);
      }
    },
    close: () => Promise.resolve(),
  };
}

/** How many rows are left to read; of seconds nothing is known but where there are none. */
export async function pollingLag(
  openReader: OpenReader,
  config: PollingConfig,
  positions: ReadonlyMap<string, Position>,
  context: Pick<ConnectorContext, 'baseDir'>,
): Promise<Lag> {
  return usingReader(openReader, config, context, async (reader) => {
    const shape = await reader.shape();
    const order = orderOf(config, shape);
    let records: number | null = 0;
    for (const range of await partitionsOf(config, shape, reader)) {
      const name = partitionName(shape.schema.name, range);
      const after = placeAfter(name, positions.get(name), order.length);
      const left = await reader.count({ order, after, upTo: null, range });
      records = left === null || records === null ? null : records + left;
    }
    const none = records === 0 ? 0 : null;
    return { records, bytes: none, seconds: none };
  });
}

/** Ranges of keys for a snapshot where there can be some; else all rows are one partition. */
async function partitionsOf(
  { mode, range_rows: width, ...config }: PollingConfig,
  shape: RowShape,
  reader: Reader,
): Promise<readonly (KeyRange | null)[]> {
  if (mode !== 'snapshot') return [null];
  const order = orderOf({ mode, range_rows: width, ...config }, shape);
  const [column] = order;
  if (column === undefined || order.length > 1 || !shape.integers.has(column)) return [null];
  const bounds = await reader.bounds(column);
  if (bounds === null) return [null];
  return rangesOf(column, bounds.least, bounds.greatest, width) ?? [null];
}

function deal(ranges: readonly (KeyRange | null)[], max: number): JsonObject[] {
  const tasks = Math.min(max, ranges.length);
  return Array.from({ length: tasks }, (_, task) => ({
    ranges: ranges
      .filter((_range, index) => index % tasks === task)
      .map((range) => (range === null ? null : { ...range })),
  }));
}

const rangesIn = ({ ranges }: JsonObject): readonly (KeyRange | null)[] =>
  ranges as unknown as (KeyRange | null)[];

async function openTask(
  config: PollingConfig,
  reader: Reader,
  ranges: readonly (KeyRange | null)[],
  once: boolean,
  positions: ReadonlyMap<string, Position>,
): Promise<PollingTask> {
  const shape = await reader.shape();
  const order = orderOf(config, shape);
  const key = config.key.length > 0 ? config.key : shape.key.length > 0 ? shape.key : order.slice(-1);
  const { name } = shape.schema;
  const [first = ''] = order;
  return new PollingTask({
    reader,
    name,
    partitions: ranges.map((range) => {
      const its = partitionName(name, range);
      const after = placeAfter(its, positions.get(its), order.length);
      return { name: its, pages: new Pages(reader, { order, range, key }, after) };
    }),
    settled: config.mode === 'snapshot' ? null : new Settled(first, config.lag_ms),
    once,
    pollMs: config.poll_ms,
    withSchema: config.schema !== 'none',
  });
}
