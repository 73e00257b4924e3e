import { fstatSync, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConnectorError, makeFolder, type Log } from '../../src/sdk/index.js';
import { cutBack } from './cut-back.js';
import { identify, isWholeHead, lookAtHandle } from './identity.js';
import type { FileIdentity } from './position.js';
import { fileError, isMissing } from './system-error.js';

/**
 * A file that whole lines are appended to. Appends from several tasks happen one after the other; one
 * that fails in the middle is taken back, so that it can be tried again.
 */
export class LineFile {
  readonly path: string;
  readonly #log: Log;
  #handle: FileHandle | undefined;
  /** Which file that is. */
  #node = { ino: 0, dev: 0 };
  #identity: FileIdentity | undefined;
  #size = 0;
  #unsynced = false;
  /** There is more in the file than `#size`; it is cut off before the next append. */
  #torn = false;
  #shared = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string, log: Log) {
    this.path = path;
    this.#log = log;
  }

  /** Opens the file, or makes it. */
  open(): Promise<void> {
    return this.#inTurn('write to', async () => {
      this.#handle ??= await this.#open();
    });
  }

  /** Appends `lines`, which end in a newline. */
  append(lines: Buffer): Promise<void> {
    return this.#inTurn('write to', async () => {
      const handle = (this.#handle ??= await this.#open());
      if (this.#torn) await this.#cutToSize(handle);
      this.#lookForOthers(handle);
      this.#torn = true;
      this.#unsynced = true;
      try {
        await writeAll(handle, lines);
      } catch (error) {
        await this.#cutToSize(handle).catch(() => undefined);
        throw error;
      }
      this.#torn = false;
      this.#size += lines.length;
    });
  }

  /** Whether the path leads elsewhere by now: the file was renamed or deleted, and what is appended would go with it. */
  get isAway(): boolean {
    if (this.#handle === undefined) return false;
    try {
      // Before every write, like `#lookForOthers`.
      const { ino, dev } = statSync(this.path);
      return ino !== this.#node.ino || dev !== this.#node.dev;
    } catch (error) {
      // Where nobody can tell, it stays where it is.
      return isMissing(error);
    }
  }

  /** Takes back what was appended behind `length`; done before the next append where it fails now. */
  async takeBack(length: number): Promise<void> {
    await this.#inTurn('cut', async () => {
      this.#size = length;
      this.#torn = true;
      const handle = (this.#handle ??= await open(this.path, 'a+'));
      await this.#cutToSize(handle);
    });
  }

  /** Has the disk keep what was appended. */
  sync(): Promise<void> {
    return this.#inTurn('write to', async () => {
      if (!this.#unsynced || this.#handle === undefined) return;
      await this.#handle.datasync();
      this.#unsynced = false;
    });
  }

  /** Idempotent; a later append opens the file again. */
  close(): Promise<void> {
    return this.#inTurn('close', async () => {
      const handle = this.#handle;
      this.#handle = undefined;
      await handle?.close();
    });
  }

  get unsynced(): boolean {
    return this.#unsynced;
  }

  /** Up to and with the last append that worked. */
  get length(): number {
    return this.#size;
  }

  get isOpen(): boolean {
    return this.#handle !== undefined;
  }

  /** Whether all of the file is what `length` says. */
  get isWhole(): boolean {
    return !this.#torn;
  }

  /**
   * How the file can be told from another one at its path, by no more than its first `length` bytes; undefined where it was
   * closed before that was asked.
   */
  async identity(length: number): Promise<FileIdentity | undefined> {
    await this.#inTurn('read', async () => {
      if (this.#handle === undefined || (this.#identity !== undefined && isWholeHead(this.#identity))) return;
      const { inode } = this.#identity ?? (await lookAtHandle(this.#handle));
      this.#identity = await identify(this.#handle, inode, length);
    });
    return this.#identity;
  }

  #inTurn(action: string, work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work).catch((error: unknown) => {
      throw fileError(action, this.path, error);
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #open(): Promise<FileHandle> {
    await makeFolder(dirname(this.path));
    const handle = await open(this.path, 'a+');
    try {
      const { size, ino, dev } = await handle.stat();
      this.#node = { ino, dev };
      this.#size = await endOfLastLine(handle, size);
      this.#identity = undefined;
      this.#torn = false;
      if (size === 0) await syncFolder(dirname(this.path));
      if (this.#size < size) await this.#cutTail(handle, size - this.#size);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** A crash can leave a line torn; it comes again. What is cut is kept beside, lest it was not ours. */
  async #cutTail(handle: FileHandle, bytes: number): Promise<void> {
    if (bytes > longestTornBytes) {
      throw new ConnectorError(
        'config',
        `${this.path} is no file of lines: its last ${bytes} bytes have no newline`,
        {
          hint: 'end it with a newline, or write to another file',
        },
      );
    }
    const aside = await cutBack(handle, this.path, this.#size, 'torn');
    this.#log.warn(`${this.path} ended in the middle of a line: moved that to ${aside}`, { bytes });
  }

  /** What others have appended, or cut off, between our appends stays as they left it. */
  #lookForOthers(handle: FileHandle): void {
    // Before every write: asked in the background it takes longer than the write.
    const { size } = fstatSync(handle.fd);
    if (size === this.#size) return;
    if (!this.#shared) {
      this.#log.warn(`somebody else changes ${this.path}, too`, { expected: this.#size, found: size });
    }
    this.#shared = true;
    this.#size = size;
  }

  async #cutToSize(handle: FileHandle): Promise<void> {
    // Somebody may have cut off more: that is not to be filled with zeros.
    if ((await handle.stat()).size > this.#size) await handle.truncate(this.#size);
    this.#torn = false;
  }
}

/** Has the disk keep the name of a new file. Windows opens no folders, and needs none of it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += (await handle.write(bytes, written)).bytesWritten;
}

/** No write of ours is longer: a batch of lines of the longest messages there are. */
const longestTornBytes = 64 * 1024 * 1024;
const windowBytes = 64 * 1024;

/** The length of the file up to and with its last newline. */
async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  const window = Buffer.allocUnsafe(Math.min(windowBytes, size));
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - window.length);
    const { bytesRead } = await handle.read(window, 0, end - start, start);
    const newline = window.lastIndexOf(10, bytesRead - 1);
    if (bytesRead > 0 && newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}
