import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Check, type SinkConnector, type SinkPlugin, type SinkRecord } from '../../src/sdk/index.js';
import { sinkSpec, type FileSinkConfig } from './spec.js';
import { compilePath, isLiteral } from './path-template.js';
import { OpenFiles } from './open-files.js';
import { fileError, isMissing } from './system-error.js';

export const sink: SinkPlugin<FileSinkConfig> = {
  kind: 'sink',
  spec: sinkSpec,
  check: async (config, { baseDir }) => {
    if (!isLiteral(config.path)) return [];
    return (await isFolder(resolve(baseDir, config.path))) ? [folderGiven(config.path)] : [];
  },
  resources: (config, { baseDir }) =>
    Promise.resolve({ reads: [], writes: isLiteral(config.path) ? [resolve(baseDir, config.path)] : [] }),
  start: async (config, { baseDir, log }) => {
    const root = isLiteral(config.path)
      ? dirname(resolve(baseDir, config.path))
      : fixedFolder(config.path, baseDir);
    await mkdir(root, { recursive: true }).catch((error: unknown) => {
      throw fileError('make the folder', root, error);
    });
    return connector(
      config,
      baseDir,
      new OpenFiles({ limit: config.max_open_files, durable: config.fsync !== 'never', log }),
    );
  },
};

function connector(config: FileSinkConfig, baseDir: string, files: OpenFiles): SinkConnector {
  return {
    open: () => {
      const lines = new Lines(config, baseDir);
      return Promise.resolve({
        write: async (records, signal) => {
          signal.throwIfAborted();
          await files.append(lines.byPath(records));
          if (config.fsync === 'always') await files.sync();
        },
        flush: async () => {
          if (config.fsync === 'commit') await files.sync();
        },
        close: async () => {
          if (config.fsync === 'commit') await files.sync();
        },
      });
    },
    close: () => files.close(),
  };
}

const newline = 10;

/** Sorts the records of a batch to their files, as whole lines in the order they came. */
class Lines {
  readonly #config: FileSinkConfig;
  readonly #baseDir: string;
  readonly #pathOf: (record: SinkRecord) => string;

  constructor(config: FileSinkConfig, baseDir: string) {
    this.#config = config;
    this.#baseDir = baseDir;
    this.#pathOf = compilePath(config.path);
  }

  /** Absolute paths. */
  byPath(records: readonly SinkRecord[]): Map<string, Buffer> {
    const skipNulls = this.#config.nulls === 'skip';
    const groups = new Map<string, SinkRecord[]>();
    let path: string | undefined;
    let group: SinkRecord[] = [];
    for (const record of records) {
      if (skipNulls && record.value === null) continue;
      const its = this.#pathOf(record);
      if (its !== path) {
        path = its;
        group = groups.get(its) ?? [];
        groups.set(its, group);
      }
      group.push(record);
    }
    return new Map(Array.from(groups, ([name, some]) => [resolve(this.#baseDir, name), joinLines(some)]));
  }
}

function joinLines(records: readonly SinkRecord[]): Buffer {
  let size = records.length;
  for (const record of records) if (record.value !== null) size += record.body.length;
  const lines = Buffer.allocUnsafe(size);
  let end = 0;
  for (const record of records) {
    if (record.value !== null) end += record.body.copy(lines, end);
    lines[end] = newline;
    end += 1;
  }
  return lines;
}

/** The part of a template's folder that is the same for all records. */
function fixedFolder(template: string, baseDir: string): string {
  return dirname(resolve(baseDir, `${template.slice(0, template.indexOf('{'))}_`));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw fileError('look at', path, error);
  }
}

const folderGiven = (path: string): Check => ({
  severity: 'error',
  path: ['path'],
  message: `${path} is a folder`,
  hint: `name a file in it, such as ${path.replace(/\/+$/, '')}/{topic}.txt`,
});
