import { dirname } from 'node:path';
import type { Log, Position, SourceBatch, SourceTask } from '../../src/sdk/index.js';
import { Alarm, Changes } from './changes.js';
import type { PartitionReader } from './partition-reader.js';
import { readPosition, type FilePosition } from './position.js';

/** Files at their end that stay open, to see their renaming and their end. */
const openAtRest = 100;
/** A file in which nothing happens is looked at this many times more rarely than `poll_ms`. */
const slowest = 16;

interface Watched {
  readonly reader: PartitionReader;
  readonly path: string;
  /** When to look at it next; milliseconds of a steady clock. */
  dueAt: number;
  /** What `dueAt` grows by. */
  interval: number;
}

export interface FileTaskOptions {
  /** With their absolute paths. */
  readonly readers: readonly { readonly reader: PartitionReader; readonly path: string }[];
  readonly pollMs: number;
  readonly follow: boolean;
  readonly log: Log;
  /** Called with positions up to which a partition is stored; null: nobody asks. */
  readonly finish: ((partition: string, position: FilePosition) => Promise<void>) | null;
}

/** Reads its files in turn, a batch of each that has something. */
export class FileTask implements SourceTask {
  readonly #files: readonly Watched[];
  readonly #byPath: ReadonlyMap<string, Watched>;
  readonly #pollMs: number;
  readonly #alarm = new Alarm();
  readonly #changes: Changes | undefined;
  readonly committed?: NonNullable<SourceTask['committed']>;
  /** Whose turn is next. */
  #turn = 0;

  constructor({ readers, pollMs, follow, log, finish }: FileTaskOptions) {
    if (finish !== null) {
      this.committed = async (partition, stored) => {
        const position = readPosition(partition, stored);
        if (position !== undefined) await finish(partition, position);
      };
    }
    this.#files = readers.map(({ reader, path }) => ({ reader, path, dueAt: 0, interval: pollMs }));
    this.#byPath = new Map(this.#files.map((file) => [file.path, file]));
    this.#pollMs = pollMs;
    const folders = readers.map(({ path }) => dirname(path));
    this.#changes = follow
      ? new Changes(folders, log, (path) => {
          this.#onChange(path);
        })
      : undefined;
  }

  async read(signal: AbortSignal): Promise<SourceBatch | null> {
    for (;;) {
      signal.throwIfAborted();
      const now = performance.now();
      let next = Infinity;
      let ended = 0;
      for (let asked = 0; asked < this.#files.length; asked += 1) {
        const file = this.#files[(this.#turn + asked) % this.#files.length];
        if (file === undefined) continue;
        const batch = file.dueAt > now ? undefined : await this.#readOne(file, signal);
        if (batch !== undefined) {
          this.#turn = (this.#turn + asked + 1) % this.#files.length;
          return batch;
        }
        if (file.reader.ended) ended += 1;
        else next = Math.min(next, file.dueAt);
      }
      if (ended === this.#files.length) return null;
      await this.#closeSurplus();
      await this.#alarm.wait(Math.max(1, next - performance.now()), signal);
    }
  }

  async holds(partition: string, stored: Position): Promise<boolean> {
    const position = readPosition(partition, stored);
    const file = this.#files.find(({ reader }) => reader.partition === partition);
    return position !== undefined && (await file?.reader.holds(position)) === true;
  }

  async close(): Promise<void> {
    this.#changes?.close();
    for (const { reader } of this.#files) await reader.close();
  }

  async #readOne(file: Watched, signal: AbortSignal): Promise<SourceBatch | undefined> {
    if (file.reader.ended) return undefined;
    const records = await file.reader.read(signal);
    if (records.length > 0) {
      file.interval = this.#pollMs;
      const { reader } = file;
      return { partition: reader.partition, records, ...(reader.takeGap() ? { gap: true } : {}) };
    }
    file.dueAt = performance.now() + file.interval;
    file.interval = file.reader.isSettled
      ? Math.min(file.interval * 2, this.#pollMs * slowest)
      : this.#pollMs;
    return undefined;
  }

  #onChange(path: string | null): void {
    const file = path === null ? undefined : this.#byPath.get(path);
    if (path !== null && file === undefined) return;
    for (const changed of file === undefined ? this.#files : [file]) {
      changed.dueAt = 0;
      changed.interval = this.#pollMs;
    }
    this.#alarm.ring();
  }

  async #closeSurplus(): Promise<void> {
    let open = this.#files.filter(({ reader }) => reader.isOpen).length;
    for (const { reader } of this.#files) {
      if (open <= openAtRest) return;
      if (!reader.isOpen) continue;
      await reader.rest();
      open -= 1;
    }
  }
}
