import { appendFile, mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConnectorError, type Log } from '../../src/sdk/index.js';
import { fileError } from './system-error.js';

/**
 * A file that whole lines are appended to. Appends from several tasks happen one after the other; one
 * that fails in the middle is taken back, so that it can be tried again.
 */
export class LineFile {
  readonly path: string;
  readonly #log: Log;
  #handle: FileHandle | undefined;
  #size = 0;
  #unsynced = false;
  /** A failed append that could not be taken back; done before the next one. */
  #torn = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string, log: Log) {
    this.path = path;
    this.#log = log;
  }

  /** Appends `lines`, which end in a newline. */
  append(lines: Buffer): Promise<void> {
    return this.#inTurn('write to', async () => {
      const handle = (this.#handle ??= await this.#open());
      if (this.#torn) await this.#takeBack(handle);
      this.#torn = true;
      this.#unsynced = true;
      try {
        await writeAll(handle, lines);
      } catch (error) {
        await this.#takeBack(handle).catch(() => undefined);
        throw error;
      }
      this.#torn = false;
      this.#size += lines.length;
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

  #inTurn(action: string, work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work).catch((error: unknown) => {
      throw fileError(action, this.path, error);
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.path), { recursive: true });
    const handle = await open(this.path, 'a+');
    try {
      const { size } = await handle.stat();
      this.#size = await endOfLastLine(handle, size);
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
    const tail = Buffer.allocUnsafe(bytes);
    const { bytesRead } = await handle.read(tail, 0, bytes, this.#size);
    const aside = `${this.path}.torn`;
    await appendFile(aside, tail.subarray(0, bytesRead), { flush: true });
    await handle.truncate(this.#size);
    this.#log.warn(`${this.path} ended in the middle of a line: moved that to ${aside}`, { bytes });
  }

  async #takeBack(handle: FileHandle): Promise<void> {
    await handle.truncate(this.#size);
    this.#torn = false;
  }
}

/** Has the disk keep the name of a new file. Windows opens no folders, and needs none of it. */
async function syncFolder(folder: string): Promise<void> {
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
