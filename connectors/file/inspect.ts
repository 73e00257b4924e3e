import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  fine,
  problem,
  warning,
  type Finding,
  type Findings,
  type InspectContext,
} from '../../src/sdk/index.js';
import { pathOf } from './matched-files.js';
import { rootOf } from './path-template.js';
import { sourceFiles } from './source-files.js';
import type { FileSinkConfig, FileSourceConfig } from './spec.js';
import { fileError, isMissing } from './system-error.js';

const littleBytes = 100 * 1024 * 1024;

export async function* inspectSource(config: FileSourceConfig, { baseDir }: InspectContext): Findings {
  const { partitions, empty } = await sourceFiles(config, baseDir);
  for (const pattern of empty)
    yield warning(`${pattern} leads to no file yet`, 'one that appears there is read');
  let readable = 0;
  for (const partition of partitions) {
    const path = pathOf(partition, baseDir);
    try {
      await access(path, constants.R_OK);
      readable += 1;
    } catch (error) {
      if (!isMissing(error)) yield asProblem('read', path, error);
    }
  }
  if (readable > 0) yield fine(`files that can be read: ${readable}`);
  if (config.when_done === 'keep') return;
  for (const folder of new Set(partitions.map((partition) => dirname(pathOf(partition, baseDir)))))
    yield* await folderFindings(folder);
}

export async function* inspectSink(config: FileSinkConfig, { baseDir }: InspectContext): Findings {
  const path = resolve(baseDir, config.path);
  try {
    if ((await stat(path)).isFile()) await access(path, constants.W_OK);
  } catch (error) {
    if (!isMissing(error)) yield asProblem('write to', path, error);
  }
  yield* await folderFindings(rootOf(config.path, baseDir));
}

/** Whether files can be made in it, or it can be made itself. */
async function folderFindings(folder: string): Promise<readonly Finding[]> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      if (!(await stat(at)).isDirectory())
        return [problem(`${at} is a file, and a folder is needed`, 'choose another path')];
      await access(at, constants.W_OK | constants.X_OK);
      return [
        fine(at === folder ? `${folder} can be written to` : `${folder} is made`),
        ...(await roomFindings(at)),
      ];
    } catch (error) {
      if (!isMissing(error) || at === dirname(at)) return [asProblem('write to', at, error)];
    }
  }
}

async function roomFindings(folder: string): Promise<readonly Finding[]> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  return free >= littleBytes
    ? []
    : [warning(`its disk has ${Math.floor(free / 1024 / 1024)} MiB left`, 'make room')];
}

function asProblem(action: string, path: string, error: unknown): Finding {
  const { message, hint } = fileError(action, path, error);
  return problem(message, hint);
}
