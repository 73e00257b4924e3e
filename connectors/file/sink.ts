import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  makeFolder,
  type Check,
  type SinkConnector,
  type SinkContext,
  type SinkPlugin,
  type SinkRecord,
} from '../../src/sdk/index.js';
import { ExactFiles } from './exact-files.js';
import { checkRows, rowsAsLines } from './gathered-rows.js';
import { inspectSink } from './inspect.js';
import { isNull, LineRoom } from './line-room.js';
import { rollingOf, sinkSpec, type FileSinkConfig, type Rolling } from './spec.js';
import { compilePath, isLiteral, isPathOf, rootOf } from './path-template.js';
import { OpenFiles } from './open-files.js';
import { RolledFiles } from './rolled-files.js';
import { numbered, numberPlace } from './rolled-name.js';
import { readSinkState, storedOffsets, writeSinkState } from './sink-state.js';
import { wholeFile } from './whole-file.js';
import { fileError, isMissing } from './system-error.js';
import { cutUncommitted, leaveUncommitted } from './uncommitted.js';

export const sink: SinkPlugin<FileSinkConfig> = {
  kind: 'sink',
  spec: sinkSpec,
  check: async (config, { baseDir }) => {
    if (config.path.includes(numberPlace) && rollingOf(config) === null) return [numberWithoutRoll];
    if (!isLiteral(config.path)) return [];
    return (await isFolder(resolve(baseDir, config.path))) ? [folderGiven(config.path)] : [];
  },
  resources: ({ path }, { baseDir }) =>
    Promise.resolve(
      isLiteral(path)
        ? { reads: [], writes: [resolve(baseDir, path)] }
        : { reads: [], writes: [], writesIn: [rootOf(path, baseDir)] },
    ),
  delivery: ({ fsync }) =>
    fsync === 'never'
      ? { delivery: 'at_least_once', because: 'fsync: never does not wait until the disk has the lines' }
      : { delivery: 'exactly_once' },
  offsets: (_config, context) => Promise.resolve(storedOffsets(context)),
  inspect: inspectSink,
  start: async (config, context) => {
    const { baseDir, log } = context;
    const root = rootOf(config.path, baseDir);
    await makeFolder(root).catch((error: unknown) => {
      throw fileError('make the folder', root, error);
    });
    const files = new OpenFiles({ limit: config.max_open_files, durable: config.fsync !== 'never', log });
    const rolling = rollingOf(config);
    if (rolling !== null) return rolled(config, rolling, context, files);
    return context.delivery === 'exactly_once'
      ? exactlyOnce(config, context, files)
      : atLeastOnce(config, context, files);
  },
};

async function atLeastOnce(
  config: FileSinkConfig,
  { baseDir, state }: SinkContext,
  files: OpenFiles,
): Promise<SinkConnector> {
  // What is written now is behind the offsets of an earlier run: they must not be gone by again.
  if ((await state.read()) !== null) await state.write(null);
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

async function exactlyOnce(
  config: FileSinkConfig,
  { baseDir, log, state, undisturbed }: SinkContext,
  files: OpenFiles,
): Promise<SinkConnector> {
  const stored = await readSinkState(state);
  const template = resolve(baseDir, config.path);
  const isOurs = (path: string): boolean => isPathOf(template, path);
  if (undisturbed) await cutUncommitted(stored.files, isOurs, log);
  else leaveUncommitted(stored.files.keys(), isOurs, log);
  if (stored.files.size > 0) await writeSinkState(state, { ...stored, files: new Map() });
  const exact = new ExactFiles(files, state, stored, listAtMost(config));
  return {
    open: () => {
      const lines = new Lines(config, baseDir);
      return Promise.resolve({
        write: async (records, signal, upTo = []) => {
          signal.throwIfAborted();
          await exact.write(lines.byPath(records), upTo);
          if (config.fsync === 'always') await files.sync();
        },
        flush: () => exact.checkpoint(),
        close: () => Promise.resolve(),
      });
    },
    offsets: exact.offsets,
    close: () => exact.close(),
  };
}

/** Files that appear when they are whole. They gather beside, with or without offsets of their own. */
async function rolled(
  config: FileSinkConfig,
  rolling: Rolling,
  { baseDir, log, state, delivery, undisturbed }: SinkContext,
  files: OpenFiles,
): Promise<SinkConnector> {
  const { offsets, ...left } = await readSinkState(state);
  const stored = { ...left, offsets: delivery === 'exactly_once' ? offsets : [] };
  // Nothing was added any more to those that were being made whole.
  const growing = Array.from(stored.files).filter(
    ([path]) => stored.gathering.get(path)?.becomes === undefined,
  );
  if (undisturbed) await cutUncommitted(new Map(growing), (path) => stored.gathering.has(path), log);
  else {
    const template = resolve(baseDir, numbered(config.path, config.compression === 'gzip'));
    const isOurs = (path: string): boolean => isPathOf(template, stored.gathering.get(path)?.path ?? '');
    leaveUncommitted(new Map(growing).keys(), isOurs, log);
  }
  await writeSinkState(state, { ...stored, files: new Map() });
  const exact = new ExactFiles(files, state, stored, listAtMost(config));
  const whole = await RolledFiles.open({ exact, rolling, whole: wholeFile(config), log });
  return {
    open: () => {
      const lines = new Lines(config, baseDir);
      return Promise.resolve({
        write: async (records, signal, upTo = []) => {
          signal.throwIfAborted();
          if (config.records !== 'lines') checkRows(records);
          await whole.write(lines.byPath(records), upTo);
          if (config.fsync === 'always') await files.sync();
        },
        flush: () => exact.checkpoint(),
        close: () => Promise.resolve(),
      });
    },
    ...(delivery === 'exactly_once' ? { offsets: exact.offsets } : {}),
    close: async () => {
      try {
        await whole.close();
      } finally {
        await exact.close();
      }
    },
  };
}

/** The list is written each time a file is added to it. */
const listAtMost = ({ max_open_files }: FileSinkConfig): number => Math.max(1_000, 2 * max_open_files);

/** Sorts the records of a batch to their files, as whole lines in the order they came. */
class Lines {
  readonly #skipNulls: boolean;
  readonly #baseDir: string;
  /** Where all lines go; null: where the record says. */
  readonly #only: string | null;
  readonly #pathOf: (record: SinkRecord) => string;
  readonly #room = new LineRoom();
  readonly #join: (records: readonly SinkRecord[]) => Buffer;

  constructor(config: FileSinkConfig, baseDir: string) {
    this.#skipNulls = config.nulls === 'skip';
    this.#baseDir = baseDir;
    const path =
      rollingOf(config) === null ? config.path : numbered(config.path, config.compression === 'gzip');
    this.#only = isLiteral(path) ? resolve(baseDir, path) : null;
    this.#pathOf = compilePath(path);
    this.#join = config.records === 'lines' ? (records) => this.#room.join(records) : rowsAsLines;
  }

  /** Absolute paths. The lines hold until the next batch. */
  byPath(records: readonly SinkRecord[]): ReadonlyMap<string, Buffer> {
    const some = this.#skipNulls && records.some(isNull) ? records.filter((one) => !isNull(one)) : records;
    if (some.length === 0) return new Map();
    this.#room.clear(some);
    if (this.#only !== null) return new Map([[this.#only, this.#join(some)]]);
    const groups = new Map<string, SinkRecord[]>();
    for (const record of some) {
      const path = this.#pathOf(record);
      const group = groups.get(path);
      if (group === undefined) groups.set(path, [record]);
      else group.push(record);
    }
    return new Map(Array.from(groups, ([path, its]) => [resolve(this.#baseDir, path), this.#join(its)]));
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw fileError('look at', path, error);
  }
}

const numberWithoutRoll: Check = {
  severity: 'error',
  path: ['path'],
  message: '{number} is for files that follow each other',
  hint: 'set roll, such as roll: { bytes: 134217728 }',
};

const folderGiven = (path: string): Check => ({
  severity: 'error',
  path: ['path'],
  message: `${path} is a folder`,
  hint: `name a file in it, such as ${path.replace(/\/+$/, '')}/{topic}.txt`,
});
