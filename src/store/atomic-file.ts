import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file so that a reader, or a crash at any moment, sees the old content or the new one, whole.
 * With `durable` it is on disk when this resolves, and stays there through a power cut.
 */
export async function writeFileAtomic(
  path: string,
  data: string,
  options: { durable: boolean },
): Promise<void> {
  const temporary = `${path}.${String(process.pid)}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    try {
      await file.writeFile(data);
      if (options.durable) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (options.durable) await syncFolder(dirname(path));
}

/** The file's text, or null where there is no such file. */
export async function readFileIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** The sync of a folder that has not begun yet, for all who have changed something in it by then. */
const comingSyncs = new Map<string, Promise<void>>();
const lastSyncs = new Map<string, Promise<void>>();

/**
 * A rename is durable once its folder is. Of those that ask at once for the same folder, many share one sync.
 * Windows cannot open folders, and needs it not.
 */
export function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return Promise.resolve();
  const coming = comingSyncs.get(path);
  if (coming !== undefined) return coming;
  const before = lastSyncs.get(path)?.catch(() => undefined) ?? Promise.resolve();
  const sync = before.then(() => {
    // Who changes something from here on might not be covered.
    comingSyncs.delete(path);
    return syncNow(path);
  });
  comingSyncs.set(path, sync);
  lastSyncs.set(path, sync);
  const forget = (): void => {
    if (lastSyncs.get(path) === sync) lastSyncs.delete(path);
  };
  sync.then(forget, forget);
  return sync;
}

async function syncNow(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
