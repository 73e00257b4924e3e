import { resolve } from 'node:path';
import type { Log } from '../../src/sdk/index.js';
import { Alarm, Changes } from './changes.js';
import { fixedFolders } from './matched-files.js';

const slowestMs = 10_000;

export interface NewFilesOptions {
  readonly path: string | readonly string[];
  readonly baseDir: string;
  readonly pollMs: number;
  readonly log: Log;
  /** The partitions there are now. */
  readonly match: () => Promise<readonly string[]>;
}

/** Calls `changed` when there are partitions that were not there before. Resolves when `signal` aborts. */
export async function watchForNewFiles(
  options: NewFilesOptions,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  const alarm = new Alarm();
  const folders = fixedFolders(options.path).map((folder) => resolve(options.baseDir, folder));
  const changes = new Changes(folders, options.log, (_path, event) => {
    if (event === 'rename') alarm.ring();
  });
  const pause = Math.min(slowestMs, options.pollMs * 10);
  try {
    let known = new Set(await options.match());
    while (!signal.aborted) {
      await alarm.wait(pause, signal);
      const now = await options.match();
      const isMore = now.some((partition) => !known.has(partition));
      known = new Set(now);
      if (isMore) changed();
      await new Alarm().wait(Math.min(options.pollMs, 200), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    changes.close();
  }
}
