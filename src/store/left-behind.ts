import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotFound } from './atomic-file.js';
import { isProcessAlive } from './process.js';

/** As `writeFileAtomic` names a file that is not whole yet. */
const unfinished = /\.(\d+)\.tmp$/;

/** Deletes the files right in the folders that processes were writing when they died. */
export async function removeLeftBehind(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    for (const name of await namesIn(folder)) {
      const pid = unfinished.exec(name)?.[1];
      if (pid !== undefined && !isProcessAlive(Number(pid))) await rm(join(folder, name), { force: true });
    }
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
