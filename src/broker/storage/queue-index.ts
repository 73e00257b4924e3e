import { fstatSync, ftruncateSync, mkdirSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { OpenFiles } from './open-files.js';
import { StoreError } from './store-error.js';

/**
 * Where the messages of one queue lie in the log, by offset. An entry has 20 bytes:
 *
 *     u48 position   u32 size   i32 hash of the tag   u48 stored at
 *
 * Entries lie in files named after their first offset. The newest ones are kept in memory until `flush`;
 * they can be made again from the log.
 */
export const entryBytes = 20;
const entriesPerFile = 262_144;
const pendingAtFirst = 64 * entryBytes;
const pendingAtMost = 3_200 * entryBytes;
const extension = '.index';

interface IndexFile {
  readonly base: number;
  readonly file: string;
  count: number;
}

export const positionOf = (entries: Buffer, at: number): number => entries.readUIntBE(at, 6);
export const sizeOf = (entries: Buffer, at: number): number => entries.readUInt32BE(at + 6);
export const tagsCodeOf = (entries: Buffer, at: number): number => entries.readInt32BE(at + 10);
export const storedAtOf = (entries: Buffer, at: number): number => entries.readUIntBE(at + 14, 6);

export class QueueIndex {
  readonly #folder: string;
  readonly #openFiles: OpenFiles;
  #files: IndexFile[] = [];
  #pending = Buffer.alloc(0);
  #pendingCount = 0;
  #min = 0;
  #firstPosition = Infinity;
  readonly #unsynced = new Set<string>();
  readonly #one = Buffer.alloc(entryBytes);

  /** Opens what is there: files up to the first that does not follow on; the others are removed. */
  constructor(folder: string, openFiles: OpenFiles) {
    this.#folder = folder;
    this.#openFiles = openFiles;
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith(extension)) continue;
      const base = Number(name.slice(0, -extension.length));
      if (this.#files.length === 0 || base === this.#flushedEnd) this.#adopt(base);
      else rmSync(path.join(folder, name), { force: true });
    }
    if (this.#files.length === 0) this.#adopt(0);
    this.#min = this.#files[0]?.base ?? 0;
    this.#firstPosition = this.#positionAt(this.#min);
  }

  /** The first offset whose message is still there; `max` when there is none. */
  get min(): number {
    return this.#min;
  }

  /** The offset the next message gets. */
  get max(): number {
    return this.#flushedEnd + this.#pendingCount;
  }

  append(position: number, size: number, tagsCode: number, storedAt: number): void {
    if ((this.#pendingCount + 1) * entryBytes > this.#pending.length) this.#makeRoom();
    const at = this.#pendingCount * entryBytes;
    this.#pending.writeUIntBE(position, at, 6);
    this.#pending.writeUInt32BE(size, at + 6);
    this.#pending.writeInt32BE(tagsCode, at + 10);
    this.#pending.writeUIntBE(storedAt, at + 14, 6);
    this.#pendingCount++;
    if (this.#firstPosition === Infinity) this.#firstPosition = position;
  }

  /** Copies entries from this offset on into `target`; returns how many. */
  read(offset: number, count: number, target: Buffer): number {
    const wanted = Math.min(count, this.max - offset, Math.floor(target.length / entryBytes));
    if (wanted <= 0 || offset < this.#min) return 0;
    let done = 0;
    while (done < wanted) {
      const from = offset + done;
      if (from >= this.#flushedEnd) {
        const start = (from - this.#flushedEnd) * entryBytes;
        this.#pending.copy(target, done * entryBytes, start, start + (wanted - done) * entryBytes);
        return wanted;
      }
      done += this.#readFile(this.#fileAt(from), from, wanted - done, target, done * entryBytes);
    }
    return wanted;
  }

  /** When the message at this offset was stored; null where there is none. */
  storedAt(offset: number): number | null {
    return this.read(offset, 1, this.#one) === 1 ? storedAtOf(this.#one, 0) : null;
  }

  /** The first offset whose message was stored at this time or later; `max` where there is none. */
  firstStoredSince(time: number): number {
    return this.#firstWhere((entry) => storedAtOf(entry, 0) >= time);
  }

  /** Hands what is kept in memory to the operating system; what a failure leaves is tried again. */
  flush(): void {
    while (this.#pendingCount > 0) {
      let file = this.#lastFile;
      if (file.count === entriesPerFile) file = this.#adopt(file.base + file.count);
      const count = Math.min(this.#pendingCount, entriesPerFile - file.count);
      const handle = this.#openFiles.handle(file.file);
      writeFully(handle, this.#pending.subarray(0, count * entryBytes), file.count * entryBytes);
      this.#pending.copy(this.#pending, 0, count * entryBytes, this.#pendingCount * entryBytes);
      this.#pendingCount -= count;
      file.count += count;
      this.#unsynced.add(file.file);
    }
    this.#pending = Buffer.alloc(0);
  }

  /** The files written to since the last call. */
  takeUnsynced(): string[] {
    const files = [...this.#unsynced];
    this.#unsynced.clear();
    return files;
  }

  /** Forgets the messages below this position of the log, and the files that hold only such. */
  dropBefore(position: number): void {
    if (this.#firstPosition >= position) return;
    this.#min = this.#firstWhere((entry) => positionOf(entry, 0) >= position);
    this.#firstPosition = this.#positionAt(this.#min);
    for (let first = this.#files[0]; first !== undefined; first = this.#files[0]) {
      if (this.#files.length === 1 || first.base + first.count > this.#min) return;
      this.#files.shift();
      this.#delete(first);
    }
  }

  /** Cuts off the entries from this offset on. */
  cutTo(max: number): void {
    if (max >= this.max) return;
    this.flush();
    while (this.#files.length > 1 && this.#lastFile.base >= max) {
      const last = this.#files.pop();
      if (last !== undefined) this.#delete(last);
    }
    const last = this.#lastFile;
    last.count = Math.max(0, max - last.base);
    ftruncateSync(this.#openFiles.handle(last.file), last.count * entryBytes);
    this.#unsynced.add(last.file);
    this.#min = Math.min(this.#min, this.max);
    this.#firstPosition = this.#positionAt(this.#min);
  }

  /** Empties it; the next message gets this offset. */
  restartAt(offset: number): void {
    this.#pendingCount = 0;
    for (const file of this.#files) this.#delete(file);
    this.#files = [];
    this.#adopt(offset);
    this.#min = offset;
    this.#firstPosition = Infinity;
  }

  closeFiles(): void {
    for (const { file } of this.#files) this.#openFiles.close(file);
  }

  get #flushedEnd(): number {
    const last = this.#files.at(-1);
    return last === undefined ? 0 : last.base + last.count;
  }

  get #lastFile(): IndexFile {
    const last = this.#files.at(-1);
    if (last === undefined) throw new StoreError(`${this.#folder}: the index has no file`);
    return last;
  }

  #adopt(base: number): IndexFile {
    const name = path.join(this.#folder, `${String(base).padStart(20, '0')}${extension}`);
    const count = Math.floor(fstatSync(this.#openFiles.handle(name)).size / entryBytes);
    const file = { base, file: name, count };
    this.#files.push(file);
    return file;
  }

  #delete(file: IndexFile): void {
    this.#openFiles.close(file.file);
    this.#unsynced.delete(file.file);
    rmSync(file.file, { force: true });
  }

  #makeRoom(): void {
    let most = pendingAtMost;
    if (this.#pending.length >= pendingAtMost) {
      try {
        this.flush();
      } catch {
        // The message is in the log already. More is kept in memory until the disk takes it: `flush` is tried again.
        most = this.#pending.length * 2;
      }
    }
    const larger = Buffer.alloc(Math.min(most, Math.max(pendingAtFirst, this.#pending.length * 4)));
    this.#pending.copy(larger, 0, 0, this.#pendingCount * entryBytes);
    this.#pending = larger;
  }

  #positionAt(offset: number): number {
    return this.read(offset, 1, this.#one) === 1 ? positionOf(this.#one, 0) : Infinity;
  }

  #firstWhere(holds: (entry: Buffer) => boolean): number {
    let low = this.#min;
    let high = this.max;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      this.read(middle, 1, this.#one);
      if (holds(this.#one)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #fileAt(offset: number): IndexFile {
    let low = 0;
    let high = this.#files.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#files[middle]?.base ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#files[low] ?? this.#lastFile;
  }

  #readFile(file: IndexFile, offset: number, count: number, target: Buffer, at: number): number {
    const available = Math.min(count, file.base + file.count - offset);
    const bytes = available * entryBytes;
    const start = (offset - file.base) * entryBytes;
    const got = readSync(this.#openFiles.handle(file.file), target, at, bytes, start);
    if (got !== bytes) throw new StoreError(`${file.file} is shorter than it was`);
    return available;
  }
}

function writeFully(handle: number, data: Buffer, position: number): void {
  let written = 0;
  while (written < data.length) {
    written += writeSync(handle, data, written, data.length - written, position + written);
  }
}
