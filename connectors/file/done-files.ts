import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolder, type Log } from '../../src/sdk/index.js';
import { isFile, look, sameInode } from './identity.js';
import { nextName, numberPlace } from './rolled-name.js';
import type { FilePosition } from './position.js';
import { doneEnding } from './source-files.js';
import type { FileSourceConfig } from './spec.js';
import { fileError } from './system-error.js';

type Config = Pick<FileSourceConfig, 'when_done' | 'done_folder' | 'marker'>;

/**
 * Does with a file what `when_done` says, once all of it is stored. Can be done again after a crash in the middle; a file
 * that is another one by now is left alone.
 */
export async function finishFile(
  path: string,
  position: FilePosition,
  { when_done, done_folder, marker }: Config,
  log: Log,
): Promise<void> {
  if (when_done === 'keep' || position.packed_bytes === undefined) return;
  const state = await look(path);
  // Numbers of inodes are given again.
  if (state === undefined || !sameInode(state.inode, position.file.inode)) return;
  if (!(await isFile(path, position.file))) return;
  if (state.size !== position.packed_bytes) {
    log.warn(
      `${path} has grown after it was read to its end: what was added is not read, and it is left as it is`,
    );
    return;
  }
  try {
    if (when_done === 'mark') {
      await writeFile(`${path}${doneEnding}`, '');
      return;
    }
    if (when_done === 'delete') await rm(path);
    else await moveInto(resolve(dirname(path), done_folder), path);
    if (marker !== undefined) await rm(`${path}${marker}`, { force: true });
  } catch (error) {
    throw fileError(when_done, path, error);
  }
}

/** Under its own name, with a number behind it where that is taken. */
async function moveInto(folder: string, path: string): Promise<void> {
  await makeFolder(folder);
  const same = join(folder, basename(path));
  const isTaken = (await look(same)) !== undefined;
  await rename(path, isTaken ? await nextName(`${same}.${numberPlace}`) : same);
}
