import type { Log } from '../../src/sdk/index.js';
import { LineFile } from './line-file.js';

interface OpenFile {
  readonly file: LineFile;
  /** Appends that are under way; such a file stays open. */
  users: number;
}

/** The files that the tasks of one connector write to, each opened once for all of them. */
export class OpenFiles {
  readonly #limit: number;
  readonly #durable: boolean;
  readonly #log: Log;
  /** Those written longest ago first. */
  readonly #files = new Map<string, OpenFile>();

  /** `durable`: a file is made to be on the disk before it is closed for being one too many. */
  constructor(options: { limit: number; durable: boolean; log: Log }) {
    this.#limit = options.limit;
    this.#durable = options.durable;
    this.#log = options.log;
  }

  /**
   * Appends to all these files, by absolute path. When one fails, others may have taken their lines;
   * the batch comes again, and with it those.
   */
  async append(lines: ReadonlyMap<string, Buffer>): Promise<void> {
    await this.leaveThose(this.away(lines.keys()));
    for (const [path, bytes] of lines) {
      await this.use(path, (file) => file.append(bytes));
    }
    await this.closeSurplus();
  }

  /** The file at the absolute path stays open as long as `work` goes on. */
  async use<T>(path: string, work: (file: LineFile) => Promise<T>): Promise<T> {
    const open = this.#at(path);
    open.users += 1;
    try {
      return await work(open.file);
    } finally {
      open.users -= 1;
    }
  }

  open(): readonly LineFile[] {
    return Array.from(this.#files.values(), ({ file }) => file);
  }

  /** Those that somebody has renamed or deleted. */
  away(paths: Iterable<string>): readonly string[] {
    return Array.from(paths).filter((path) => this.#files.get(path)?.file.isAway);
  }

  /** Goes on in new files of these names. */
  async leaveThose(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      this.#log.warn(`${path} was renamed or deleted: going on in a new file of that name`);
      await this.#files.get(path)?.file.sync();
      await this.leave(path);
    }
  }

  /** Closes the file, and knows nothing of it any more. */
  async leave(path: string): Promise<void> {
    const open = this.#files.get(path);
    this.#files.delete(path);
    await open?.file.close();
  }

  /** Has the disk keep all that was appended. */
  async sync(): Promise<void> {
    for (const file of this.open()) if (file.unsynced) await file.sync();
  }

  async close(): Promise<void> {
    const files = this.open();
    this.#files.clear();
    for (const file of files) await file.close();
  }

  #at(path: string): OpenFile {
    const open = this.#files.get(path) ?? { file: new LineFile(path, this.#log), users: 0 };
    this.#files.delete(path);
    this.#files.set(path, open);
    return open;
  }

  /** Closes what is open beyond the limit. A file with something to take back stays. */
  async closeSurplus(): Promise<void> {
    for (const [path, open] of this.#files) {
      if (this.#files.size <= this.#limit) return;
      if (this.#durable && open.file.unsynced) await open.file.sync();
      if (open.users > 0 || !open.file.isWhole || this.#files.get(path) !== open) continue;
      this.#files.delete(path);
      await open.file.close();
    }
  }
}
