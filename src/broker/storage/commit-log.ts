import {
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { openOrMake } from './open-files.js';
import { StoreError } from './store-error.js';

const sync = promisify(fdatasync);
const extension = '.log';

interface Segment {
  /** The position of its first byte; positions run on over all segments. */
  readonly start: number;
  readonly file: string;
  readonly handle: number;
  size: number;
  /** Milliseconds since 1970. */
  lastWrite: number;
}

/**
 * All messages of the broker, one after the other, in files of about `segmentBytes`. A file is named after
 * the position of its first byte; what is appended at once never spans two files.
 */
export class CommitLog {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #segments: Segment[] = [];
  readonly #unsynced = new Set<Segment>();

  private constructor(folder: string, segmentBytes: number) {
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
  }

  static open(folder: string, segmentBytes: number): CommitLog {
    mkdirSync(folder, { recursive: true });
    const log = new CommitLog(folder, segmentBytes);
    try {
      const names = readdirSync(folder).filter((name) => name.endsWith(extension));
      for (const name of names.sort()) log.#openSegment(Number(name.slice(0, -extension.length)));
    } catch (error) {
      log.close();
      throw error;
    }
    if (log.#segments.length === 0) log.#openSegment(0);
    return log;
  }

  /** The position of the first message that is still there. */
  get start(): number {
    return this.#segments[0]?.start ?? 0;
  }

  /** Where the next message will lie. */
  get end(): number {
    return this.#last.start + this.#last.size;
  }

  get bytes(): number {
    return this.end - this.start;
  }

  /** Where the segment that is written to starts. */
  get lastSegmentStart(): number {
    return this.#last.start;
  }

  /** The first segment that does not end where the next one starts; null where all do. */
  get gap(): { file: string; end: number; next: number } | null {
    for (const [index, { file, start, size }] of this.#segments.entries()) {
      const next = this.#segments[index + 1]?.start ?? start + size;
      if (start + size !== next) return { file, end: start + size, next };
    }
    return null;
  }

  /** When the oldest segment was last written to, and its size; null while it is the only one. */
  get oldest(): { lastWrite: number; size: number } | null {
    const first = this.#segments[0];
    return first === undefined || this.#segments.length === 1 ? null : first;
  }

  /** Returns when the operating system has the bytes. On failure nothing of them stays. */
  append(data: Buffer): void {
    let segment = this.#last;
    if (segment.size > 0 && segment.size + data.length > this.#segmentBytes) {
      segment = this.#openSegment(this.end);
    }
    let written = 0;
    try {
      while (written < data.length) {
        written += writeSync(segment.handle, data, written, data.length - written, segment.size + written);
      }
    } catch (error) {
      ftruncateSync(segment.handle, segment.size);
      throw error;
    }
    segment.size += data.length;
    segment.lastWrite = Date.now();
    this.#unsynced.add(segment);
  }

  /** Reads into `target`; returns the bytes read, fewer only at the end of a segment. */
  read(position: number, target: Buffer, at: number, length: number): number {
    const segment = this.#segmentAt(position);
    if (segment === undefined) return 0;
    const wanted = Math.min(length, segment.start + segment.size - position);
    let got = 0;
    while (got < wanted) {
      const count = readSync(segment.handle, target, at + got, wanted - got, position - segment.start + got);
      if (count === 0) throw new StoreError(`${segment.file} is shorter than it was`);
      got += count;
    }
    return got;
  }

  /** Cuts off everything from this position on. */
  truncate(position: number): void {
    while (this.#segments.length > 1 && this.#last.start >= position) this.#remove(this.#segments.length - 1);
    const last = this.#last;
    ftruncateSync(last.handle, Math.max(0, position - last.start));
    last.size = Math.max(0, position - last.start);
    this.#unsynced.add(last);
  }

  dropOldest(): void {
    if (this.#segments.length > 1) this.#remove(0);
  }

  /** Whether something was written since the last `sync`. */
  get dirty(): boolean {
    return this.#unsynced.size > 0;
  }

  /** Resolves when all that was written before the call is on the disk; what a failure leaves is tried again. */
  async sync(): Promise<void> {
    for (const segment of [...this.#unsynced]) {
      this.#unsynced.delete(segment);
      try {
        await sync(segment.handle);
      } catch (error) {
        // Retention may have removed the segment meanwhile.
        if (!this.#segments.includes(segment)) continue;
        this.#unsynced.add(segment);
        throw error;
      }
    }
  }

  close(): void {
    for (const segment of this.#segments) closeSync(segment.handle);
    this.#segments.length = 0;
  }

  get #last(): Segment {
    const last = this.#segments.at(-1);
    if (last === undefined) throw new StoreError('the store is closed');
    return last;
  }

  #openSegment(start: number): Segment {
    const file = path.join(this.#folder, `${String(start).padStart(20, '0')}${extension}`);
    const handle = openOrMake(file);
    const { size, mtimeMs } = fstatSync(handle);
    const segment = { start, file, handle, size, lastWrite: mtimeMs };
    this.#segments.push(segment);
    return segment;
  }

  #segmentAt(position: number): Segment | undefined {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#segments[middle]?.start ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    const segment = this.#segments[low];
    if (segment === undefined || position < segment.start) return undefined;
    return position < segment.start + segment.size ? segment : undefined;
  }

  #remove(index: number): void {
    const segment = this.#segments[index];
    if (segment === undefined) return;
    // First what may fail: a file that stays is still a part of the log.
    rmSync(segment.file, { force: true });
    this.#segments.splice(index, 1);
    this.#unsynced.delete(segment);
    closeSync(segment.handle);
  }
}
