import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  ConnectorError,
  type JsonObject,
  type Lag,
  type Position,
  type SourceConnector,
  type SourcePlugin,
  type SourceRecord,
  type SourceTask,
} from '../../src/sdk/index.js';
import { spec, type GenerateConfig } from './spec.js';
import { Pace } from './pace.js';
import { Random } from './random.js';
import { madeOf, nextAfter, partitionOf, shareOf, type Share } from './share.js';
import { compile, compileKey } from './template.js';

const batchRecords = 1000;
/** At high rates a batch is worth waiting for. */
const shortestWaitMs = 5;

export const source: SourcePlugin<GenerateConfig> = {
  kind: 'source',
  spec,
  delivery: () => ({ delivery: 'exactly_once' }),
  position: z.strictObject({ n: z.int().min(1) }),
  lag: (config, positions) => Promise.resolve(lag(config, positions)),
  start: (config, context) => {
    if (context.once && config.count === null) {
      throw new ConnectorError('config', 'made-up records without end cannot be run once to their end', {
        hint: 'set `count`',
      });
    }
    return Promise.resolve(connector(config));
  },
};

function connector(config: GenerateConfig): SourceConnector {
  return {
    tasks: (max) => {
      const tasks = config.count === null ? max : Math.min(max, config.count);
      return Promise.resolve(Array.from({ length: tasks }, (_, index): JsonObject => ({ index, tasks })));
    },
    open: (task, _context, positions) => {
      const share = { index: Number(task.index), tasks: Number(task.tasks) };
      return Promise.resolve(generate(config, share, positions.get(partitionOf(share))));
    },
    close: () => Promise.resolve(),
  };
}

function generate(config: GenerateConfig, share: Share, position: Position | undefined): SourceTask {
  const partition = partitionOf(share);
  const make = maker(config);
  const end = config.count ?? Infinity;
  const pace = config.rate === 'unlimited' ? undefined : new Pace(config.rate / share.tasks);
  let n = nextAfter(share, position);
  return {
    read: async (signal) => {
      signal.throwIfAborted();
      if (n > end) return null;
      const left = Math.min(batchRecords, Math.floor((end - n) / share.tasks) + 1);
      const due = pace === undefined ? left : await whenDue(pace, left, signal);
      const records: SourceRecord[] = [];
      for (; records.length < due; n += share.tasks) records.push(make(n));
      return { partition, records };
    },
    close: () => Promise.resolve(),
  };
}

async function whenDue(pace: Pace, most: number, signal: AbortSignal): Promise<number> {
  for (;;) {
    const due = pace.take(most);
    if (due > 0) return due;
    await sleep(Math.max(shortestWaitMs, pace.wait()), undefined, { signal }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
  }
}

function maker(config: GenerateConfig): (n: number) => SourceRecord {
  const random = new Random(config.seed);
  const value = compile(config.template);
  const key = config.key === undefined ? undefined : compileKey(config.key);
  return (n) => {
    random.restart(n);
    const made = value(n, random);
    return { value: made, position: { n }, ...(key === undefined ? {} : { key: key(n, random) }) };
  };
}

function lag(config: GenerateConfig, positions: ReadonlyMap<string, Position>): Lag {
  const records = recordsLeft(config, positions);
  const size = records === 0 ? 0 : null;
  return { records, bytes: size, seconds: size };
}

/** Without an end, nothing waits to be made. Unknown after the number of tasks has changed. */
function recordsLeft(config: GenerateConfig, positions: ReadonlyMap<string, Position>): number | null {
  if (config.count === null) return 0;
  let left = config.count;
  let tasks: number | undefined;
  for (const [partition, position] of positions) {
    const share = shareOf(partition);
    if (share === undefined || (tasks !== undefined && share.tasks !== tasks)) return null;
    tasks = share.tasks;
    left -= madeOf(share, position);
  }
  return Math.max(0, left);
}
