import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../src/sdk/index.js';

/**
 * Reports what the system tells of changes in folders: the changed file's path, or null where it does
 * not say. It may report too much and, on some file systems, nothing: who uses it looks for himself
 * from time to time.
 */
export class Changes {
  readonly #watchers: FSWatcher[] = [];

  constructor(
    folders: Iterable<string>,
    log: Log,
    onChange: (path: string | null, event: 'rename' | 'change') => void,
  ) {
    for (const folder of new Set(folders)) {
      try {
        const watcher = watch(folder, (event, name) => {
          onChange(name === null ? null : join(folder, name), event);
        });
        watcher.on('error', () => {
          watcher.close();
          onChange(null, 'rename');
        });
        this.#watchers.push(watcher);
      } catch (error) {
        log.info(`changes in ${folder} are not reported by the system: looking for them instead`, {
          reason: String(error),
        });
      }
    }
  }

  /** Idempotent. */
  close(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }
}

/** Wakes the one who waits. A wake-up while nobody waits makes the next wait return at once. */
export class Alarm {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves when rung or after `ms`; rejects with the signal's reason. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
        signal.addEventListener('abort', this.#wake, { once: true });
      });
      if (this.#wake !== undefined) signal.removeEventListener('abort', this.#wake);
      this.#wake = undefined;
    }
    this.#rung = false;
    signal.throwIfAborted();
  }
}
