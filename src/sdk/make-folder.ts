import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, where they are missing. Throws what `mkdir` throws. Its own option `recursive`
 * never comes back from where nothing can be made, and that is said with ENOENT: below /proc.
 */
export async function makeFolder(path: string): Promise<void> {
  const refused = await refusal(path);
  if (refused === null) return;
  const above = dirname(path);
  if (!isMissing(refused) || above === path) throw refused;
  await makeFolder(above);
  const again = await refusal(path);
  if (again !== null) throw again;
}

/** Why it cannot be made; null: it is there. */
async function refusal(path: string): Promise<Error | null> {
  try {
    await mkdir(path);
    return null;
  } catch (error) {
    const found = await stat(path).catch(() => null);
    if (found?.isDirectory() === true) return null;
    return error instanceof Error ? error : new Error(String(error));
  }
}

const isMissing = (error: Error): boolean => 'code' in error && error.code === 'ENOENT';
