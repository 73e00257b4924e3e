import { open } from 'node:fs/promises';
import type { Log } from '../../src/sdk/index.js';
import { cutBack } from './cut-back.js';
import { look, lookAtHandle, sameInode, startsAlike } from './identity.js';
import type { ListedFile } from './sink-state.js';
import { fileError, isMissing } from './system-error.js';

/**
 * After a crash: cuts files back to where the offsets are true, for what is behind comes again. Only a file
 * that still is the one that was written to is cut, and what is cut is kept beside it: others may have
 * appended to it. Whatever else is found is left alone and said. Can be done again after another crash.
 */
export async function cutUncommitted(
  files: ReadonlyMap<string, ListedFile>,
  isOurs: (path: string) => boolean,
  log: Log,
): Promise<void> {
  for (const [path, listed] of files) {
    try {
      await cutOne(path, listed, isOurs(path), log);
    } catch (error) {
      throw fileError('cut', path, error);
    }
  }
}

/**
 * The same where another worker may have written to the files since. `isOurs`: of those that are written to no more
 * nobody has asked who had them, so no worker is blamed.
 */
export function leaveUncommitted(paths: Iterable<string>, isOurs: (path: string) => boolean, log: Log): void {
  for (const path of paths) {
    const why = isOurs(path)
      ? `another worker may have written to ${path} since, so it is left as it is`
      : `${path} is not written to any more and is left as it is`;
    log.warn(`after the last run ended by force: ${why}; it may end in lines that are written again`, {
      path,
    });
  }
}

async function cutOne(path: string, listed: ListedFile, isOurs: boolean, log: Log): Promise<void> {
  const warn = (text: string): void => {
    log.warn(`after the last run ended by force: ${text}`, { path, length: listed.length });
  };
  const state = await look(path);
  if (state === undefined) {
    if (listed.length > 0) warn(`${path} is gone; what was written to it is not written again`);
    return;
  }
  const handle = await open(path, 'r+').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (handle === undefined) return;
  try {
    const { inode, size } = await lookAtHandle(handle);
    const isShorter = sameInode(inode, listed.inode) && size < listed.length;
    const isSame = sameInode(inode, listed.inode) && (await startsAlike(handle, listed));
    if (isSame && size === listed.length) return;
    if (isShorter) {
      warn(
        `${path} is ${listed.length - size} bytes shorter than it was written; they are not written again`,
      );
    } else if (!isSame) {
      warn(
        `${path} is another file now and is left as it is; ` +
          `the one that was there may end in lines that are written again`,
      );
    } else if (!isOurs) {
      warn(
        `${path} is not written to any more and is left as it is; ` +
          `its last ${size - listed.length} bytes may be written again elsewhere`,
      );
    } else {
      const aside = await cutBack(handle, path, listed.length, 'cut');
      await handle.sync();
      warn(
        `${path}: moved its last ${size - listed.length} bytes to ${aside}; those lines are written again`,
      );
    }
  } finally {
    await handle.close();
  }
}
