import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  ConnectorError,
  type Check,
  type ConnectorContext,
  type JsonObject,
  type SourceConnector,
  type SourcePlugin,
} from '../../src/sdk/index.js';
import { adopt } from './adopt.js';
import { Claims } from './claims.js';
import { finishFile } from './done-files.js';
import { inspectSource } from './inspect.js';
import { pathOf, matcher, withFolders } from './matched-files.js';
import { watchForNewFiles } from './new-files.js';
import { PartitionReader } from './partition-reader.js';
import { filePosition, readPosition, type FilePosition } from './position.js';
import { seek } from './seek.js';
import { sourceFiles } from './source-files.js';
import { lagOf } from './source-lag.js';
import { FileTask } from './source-task.js';
import { sourceSpec, type FileSourceConfig } from './spec.js';
import { fileError, isMissing } from './system-error.js';

export const source: SourcePlugin<FileSourceConfig> = {
  kind: 'source',
  spec: sourceSpec,
  delivery: () => ({ delivery: 'exactly_once' }),
  check: (config, { baseDir }) => check(config, baseDir),
  resources: async (config, { baseDir }) => {
    const { partitions } = await sourceFiles(config, baseDir);
    return {
      reads: partitions.map((partition) => pathOf(partition, baseDir)),
      writes: [],
      wouldRead: matcher(await withFolders(config.path, baseDir), baseDir),
    };
  },
  lag: lagOf,
  position: filePosition,
  seek,
  adopt,
  inspect: inspectSource,
  start: async (config, context) => {
    const path = await withFolders(config.path, context.baseDir);
    return connector({ ...config, path: [...path] }, context);
  },
};

function connector(config: FileSourceConfig, { baseDir, once, log }: ConnectorContext): SourceConnector {
  const claims = new Claims();
  const follow = config.follow && !once;
  const match = async () => (await sourceFiles(config, baseDir)).partitions;
  const finish = (partition: string, position: FilePosition): Promise<void> =>
    finishFile(pathOf(partition, baseDir), position, config, log);
  return {
    tasks: async (max) => deal(await match(), max),
    watch: async (changed, signal) => {
      if (follow) {
        await watchForNewFiles(
          { path: config.path, baseDir, pollMs: config.poll_ms, log, match },
          changed,
          signal,
        );
      }
    },
    open: async (task, context, positions) => {
      for (const [partition, stored] of positions) {
        const position = readPosition(partition, stored);
        if (position === undefined) continue;
        claims.remember(partition, position);
        if (filesOf(task).includes(partition)) await finish(partition, position);
      }
      const readers = filesOf(task).map((partition) => {
        const path = pathOf(partition, baseDir);
        const options = { partition, path, config, log: context.log, claims, follow };
        return {
          path,
          reader: new PartitionReader(options, readPosition(partition, positions.get(partition))),
        };
      });
      for (const { reader } of readers) await reader.start();
      return new FileTask({
        readers,
        pollMs: config.poll_ms,
        follow,
        log: context.log,
        finish: config.when_done === 'keep' ? null : finish,
      });
    },
    close: () => Promise.resolve(),
  };
}

/** Every `tasks`-th file to the same task. */
function deal(partitions: readonly string[], max: number): JsonObject[] {
  const tasks = Math.min(max, partitions.length);
  return Array.from({ length: tasks }, (_, task) => ({
    files: partitions.filter((_partition, index) => index % tasks === task),
  }));
}

function filesOf(task: JsonObject): string[] {
  const { files } = task;
  if (!Array.isArray(files)) throw new ConnectorError('internal', 'a task of the file source names no files');
  return files.map(String);
}

async function check(config: FileSourceConfig, baseDir: string): Promise<Check[]> {
  const { partitions, empty } = await sourceFiles(config, baseDir);
  const found: Check[] = [];
  if (config.records === 'csv' && !config.csv.header && config.csv.columns === undefined) {
    found.push({
      severity: 'error',
      path: ['csv', 'columns'],
      message: 'without a header the columns have no names',
      hint: 'name them: columns: [id, name]',
    });
  }
  for (const pattern of empty) {
    found.push({
      severity: 'warning',
      path: placeOf(config, pattern),
      message: `${pattern} leads to no file yet`,
      hint: `a file that appears there is read; looked in ${resolve(baseDir)}`,
    });
  }
  for (const partition of partitions) {
    const message = await unreadable(pathOf(partition, baseDir));
    if (message !== undefined) found.push({ severity: 'error', path: ['path'], ...message });
  }
  return found;
}

async function unreadable(path: string): Promise<{ message: string; hint?: string } | undefined> {
  try {
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    const { message, hint } = fileError('read', path, error);
    return { message, ...(hint === undefined ? {} : { hint }) };
  }
}

const placeOf = ({ path }: FileSourceConfig, pattern: string): (string | number)[] =>
  typeof path === 'string' ? ['path'] : ['path', Math.max(0, path.indexOf(pattern))];
