import { closeSync, fsyncSync, openSync, promises, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../broker-log.js';
import { StoreError } from './store-error.js';

/** The file's content; undefined when there is no such file. Throws `StoreError` when it is not JSON. */
export function readJsonFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(file, error);
  }
}

export function damaged(file: string, cause: unknown): StoreError {
  return new StoreError(
    `${file} is damaged (${messageOf(cause)}): put back a copy of it, or move it away to start without what it holds`,
    { cause },
  );
}

/** Replaces the file as a whole; it is on the disk when this returns. */
export function replaceJsonFile(file: string, value: unknown): void {
  const temporary = `${file}.new`;
  const handle = openSync(temporary, 'w');
  try {
    // Not `writeSync`: a disk that is nearly full takes a part, and that is no error.
    writeFileSync(handle, JSON.stringify(value));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
  syncFolderOf(file);
}

/** A renamed file is sure to be there after a power cut only when its folder is on the disk also. */
function syncFolderOf(file: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path.dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

const retryMs = 5_000;

interface LazyOptions {
  readonly delayMs: number;
  /** What the content says must be on the disk before the file is; resolves when it is. */
  readonly first?: () => Promise<void>;
  /** Is told when writing fails; it is tried again after some seconds. */
  readonly failed: (error: unknown) => void;
}

/** A file that is replaced soon after a change, never twice at once, and off the main thread. */
export class LazyJsonFile {
  readonly #file: string;
  readonly #content: () => unknown;
  readonly #options: LazyOptions;
  #timer: NodeJS.Timeout | undefined;
  #dirty = false;
  #writing: Promise<void> | undefined;

  constructor(file: string, content: () => unknown, options: LazyOptions) {
    this.#file = file;
    this.#content = content;
    this.#options = options;
  }

  changed(): void {
    this.#dirty = true;
    if (this.#writing === undefined && this.#timer === undefined) this.#startTimer(this.#options.delayMs);
  }

  /** Resolves when every change made so far is in the file. */
  async flush(): Promise<void> {
    this.#stopTimer();
    while (this.#writing !== undefined) await this.#writing.catch(() => undefined);
    if (!this.#dirty) return;
    this.#dirty = false;
    this.#writing = this.#write();
    try {
      await this.#writing;
    } catch (error) {
      this.#dirty = true;
      this.#startTimer(retryMs);
      throw error;
    } finally {
      this.#writing = undefined;
      if (this.#isDirty() && this.#timer === undefined) this.#startTimer(this.#options.delayMs);
    }
  }

  /** Writes for the last time. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      this.#stopTimer();
    }
  }

  #startTimer(delayMs: number): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch(this.#options.failed);
    }, delayMs);
    this.#timer.unref();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Changes may have come while a write was waited for. */
  #isDirty(): boolean {
    return this.#dirty;
  }

  async #write(): Promise<void> {
    const content = JSON.stringify(this.#content());
    await this.#options.first?.();
    const temporary = `${this.#file}.new`;
    const handle = await promises.open(temporary, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await promises.rename(temporary, this.#file);
  }
}
