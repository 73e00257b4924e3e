import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder that is made once and kept: in `$RMQ_CONNECT_CACHE` (default `~/.cache/rmq-connect`), called
 * `name` and a hash of `of`, of which its content follows. Several processes may ask at once.
 */
export async function keptFolder(
  name: string,
  of: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256').update(of).digest('hex').slice(0, 8);
  const cache = process.env.RMQ_CONNECT_CACHE ?? join(homedir(), '.cache/rmq-connect');
  const folder = join(cache, `${name}-${hash}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(join(cache, '.making-'));
  try {
    await fill(fresh);
    await rename(fresh, folder);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
