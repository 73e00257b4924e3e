import {
  type ConnectorState,
  type QueueOffset,
  type SinkConnector,
  type SinkOffsets,
} from '../../src/sdk/index.js';
import type { LineFile } from './line-file.js';
import type { OpenFiles } from './open-files.js';
import {
  OffsetTable,
  writeSinkState,
  type GatheringFile,
  type ListedFile,
  type SinkState,
} from './sink-state.js';
import { fileError } from './system-error.js';
import { Turns } from './turns.js';

interface Stored {
  readonly offsets: readonly QueueOffset[];
  readonly files: Map<string, ListedFile>;
}

/**
 * Files and queue offsets that are true together. The stored state names the offsets, and each file that may
 * hold more than they know, with its length then: a file is put on that list before it is first appended to. A
 * checkpoint stores the offsets and lengths of one moment, once the files are on the disk; writing goes on
 * meanwhile. After a crash at any moment the files are cut back to the state's lengths (`uncommitted.ts`), and what
 * is behind the state's offsets comes again.
 */
export class ExactFiles {
  readonly #files: OpenFiles;
  readonly #state: ConnectorState;
  readonly #listAtMost: number;
  readonly #offsets: OffsetTable;
  /** On the disk. */
  #stored: Stored;
  /** On the disk, or on its way there: the last in `#storing`. */
  #newest: Stored;
  /** Ends with `#newest` on the disk; undefined when something was written since. */
  #upToDate: Promise<void> | undefined;
  #asked: Promise<void> | undefined;
  /** Batches, and the moments between them. */
  readonly #writing = new Turns();
  /** Never waits for `#writing`, which may wait for it. */
  readonly #storing = new Turns();
  #closed = false;
  /** Stored with every state: whoever adds to it does so before `write` first appends to the file. */
  readonly gathering: Map<string, GatheringFile>;

  /** `stored`: as it was read, its files cut back. A list longer than `listAtMost` is made short by a checkpoint. */
  constructor(files: OpenFiles, state: ConnectorState, stored: SinkState, listAtMost: number) {
    this.#files = files;
    this.#state = state;
    this.#listAtMost = listAtMost;
    this.#offsets = new OffsetTable(stored.offsets);
    this.#stored = { offsets: stored.offsets, files: new Map() };
    this.#newest = this.#stored;
    this.gathering = new Map(stored.gathering);
  }

  /** All lines, by absolute path, are appended and the offsets move; or nothing happens and it throws. */
  write(lines: ReadonlyMap<string, Buffer>, upTo: readonly QueueOffset[]): Promise<void> {
    return this.#writing.run(async () => {
      if (this.#newest.files.size > this.#listAtMost) await this.#store();
      await this.#leaveThoseAway(lines.keys());
      await this.#list(Array.from(lines.keys()).filter((path) => !this.#newest.files.has(path)));
      this.#upToDate = undefined;
      await this.#append(lines);
      this.#offsets.set(upTo);
    });
  }

  /** Makes all that `write` has done permanent. Tasks that ask at the same time get one checkpoint. */
  checkpoint(): Promise<void> {
    this.#asked ??= this.#writing
      .run(() => {
        this.#asked = undefined;
        return { stored: this.#store() };
      })
      .then(({ stored }) => stored);
    return this.#asked;
  }

  /**
   * Ends a file that gathers. Once all it holds and the offsets are on the disk, as one with the name it is
   * getting, `makeWhole` takes it away; that is done again at the next start where a crash comes between.
   */
  end(path: string, becomes: string, makeWhole: () => Promise<void>): Promise<void> {
    return this.#writing.run(async () => {
      const entry = this.gathering.get(path);
      if (entry === undefined) return;
      this.gathering.set(path, { ...entry, becomes });
      this.#upToDate = undefined;
      await this.#store();
      await this.#files.leave(path);
      await makeWhole();
      this.gathering.delete(path);
      this.#newest.files.delete(path);
      await this.#storing.run(() => this.#put(this.#stored));
    });
  }

  readonly offsets: NonNullable<SinkConnector['offsets']> = {
    read: () => this.#writing.run(() => this.#offsets.list()),
    set: (offsets) =>
      this.#change(() => {
        this.#offsets.set(offsets);
      }),
    forget: (queues: Parameters<SinkOffsets['forget']>[0]) =>
      this.#change(() => {
        this.#offsets.delete(queues);
      }),
  };

  /** Idempotent. What is written is permanent, and files belong to nobody, when it resolves. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.checkpoint();
      const isWhole = Array.from(this.#files.open()).every((file) => file.isWhole);
      if (isWhole && this.#stored.files.size > 0) {
        this.#stored = { ...this.#stored, files: new Map() };
        await this.#storing.run(() => this.#put(this.#stored));
      }
    } finally {
      await this.#files.close();
    }
  }

  async #change(change: () => void): Promise<void> {
    await this.#writing.run(() => {
      change();
      this.#upToDate = undefined;
    });
    await this.checkpoint();
  }

  async #append(lines: ReadonlyMap<string, Buffer>): Promise<void> {
    const before: (readonly [LineFile, number])[] = [];
    try {
      for (const [path, bytes] of lines) {
        await this.#files.use(path, async (file) => {
          await file.open();
          before.push([file, file.length]);
          await file.append(bytes);
        });
      }
    } catch (error) {
      for (const [file, length] of before) await file.takeBack(length).catch(() => undefined);
      throw error;
    }
    await this.#files.closeSurplus();
  }

  /** What was written to a file that was renamed is known by the stored state before that knows the next one. */
  async #leaveThoseAway(paths: Iterable<string>): Promise<void> {
    const away = this.#files.away(paths);
    if (away.length === 0) return;
    await this.#store();
    await this.#files.leaveThose(away);
    for (const path of away) this.#newest.files.delete(path);
  }

  /** Has the stored state name these files, before they hold more than its offsets know. */
  async #list(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    const entries: (readonly [string, ListedFile])[] = [];
    for (const path of paths) entries.push([path, await this.#files.use(path, listed)]);
    await this.#storing.run(async () => {
      const files = new Map([...this.#stored.files, ...entries]);
      await this.#put({ ...this.#stored, files });
      for (const [path, entry] of entries) {
        this.#stored.files.set(path, entry);
        this.#newest.files.set(path, entry);
      }
    });
  }

  /** Called between two batches; takes note of that moment before it returns. */
  #store(): Promise<void> {
    if (this.#upToDate !== undefined) return this.#upToDate;
    const next: Stored = { offsets: this.#offsets.list(), files: new Map() };
    // What is listed and closed is on the disk, and was not touched since.
    const files = this.#files.open().flatMap((file) => {
      const known = this.#newest.files.get(file.path);
      if (known === undefined || !file.isOpen) return [];
      next.files.set(file.path, known);
      return [{ file, known, length: file.length }];
    });
    this.#newest = next;
    const stored = this.#storing.run(async () => {
      await this.#files.sync();
      for (const { file, known, length } of files) {
        const identity = (await file.identity(length)) ?? known;
        next.files.set(file.path, { ...identity, length });
      }
      await this.#put(next);
      this.#stored = next;
    });
    this.#upToDate = stored;
    stored.catch(() => {
      if (this.#upToDate === stored) this.#upToDate = undefined;
    });
    return stored;
  }

  async #put(stored: Stored): Promise<void> {
    try {
      await writeSinkState(this.#state, { ...stored, gathering: this.gathering });
    } catch (error) {
      throw fileError('keep offsets in', 'the data directory', error);
    }
  }
}

/** As it is before it is appended to. */
async function listed(file: LineFile): Promise<ListedFile> {
  await file.open();
  const identity = await file.identity(file.length);
  if (identity === undefined) throw new Error(`${file.path} was closed while it was in use`);
  return { ...identity, length: file.length };
}
