/** Reads a source without a worker around it. */
import assert from 'node:assert/strict';
import type { JsonObject, Plugin, Position, SourceBatch, SourceRecord } from '../../src/sdk/index.js';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface ReadOptions {
  /** How many tasks there may be. */
  readonly tasks?: number;
  /** Whether it ends at the end; else it reads until there is an error. Default true. */
  readonly once?: boolean;
  /** Where partitions were left. */
  readonly positions?: ReadonlyMap<string, Position>;
}

/** All batches of all tasks, as `run --once` would read them. */
export async function readBatches(
  { source }: Plugin,
  config: JsonObject,
  { tasks = 1, once = true, positions = new Map() }: ReadOptions = {},
): Promise<readonly SourceBatch[]> {
  assert.ok(source !== undefined);
  const context = { connector: 'read', baseDir: process.cwd(), once, log };
  const connector = await source.start(source.spec.parse(config), context);
  const batches: SourceBatch[] = [];
  try {
    for (const its of await connector.tasks(tasks)) {
      const taskContext = { ...context, task: 0, anew: () => Promise.resolve() };
      const task = await connector.open(its, taskContext, positions);
      try {
        for (;;) {
          const batch = await task.read(AbortSignal.timeout(20_000));
          if (batch === null) break;
          batches.push(batch);
        }
      } finally {
        await task.close();
      }
    }
    return batches;
  } finally {
    await connector.close();
  }
}

export const readAll = async (
  plugin: Plugin,
  config: JsonObject,
  options?: ReadOptions,
): Promise<readonly SourceRecord[]> =>
  (await readBatches(plugin, config, options)).flatMap(({ records }) => records);
