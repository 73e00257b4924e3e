import { ConnectorError, type Log, type SourceRecord } from '../../src/sdk/index.js';
import type { Bytes } from './bytes.js';
import type { FileSourceConfig } from './spec.js';
import type { FilePosition } from './position.js';
import { endLength, endOf } from './identity.js';
import type { Ask, Place, RecordReader } from './record-reader.js';

const newline = 10;
const lineEnd = Buffer.from('\n');
const chunkBytes = 512 * 1024;
const smallestChunkBytes = 4 * 1024;
const batchRecords = 2000;
const batchBytes = 1024 * 1024;

export interface LineReaderOptions {
  readonly config: Pick<FileSourceConfig, 'max_line_bytes' | 'long_lines'>;
  /** For messages. */
  readonly path: string;
  readonly log: Log;
}

/** Cuts a file's bytes into records, one a line. Their values are views into what was read. */
export class LineReader implements RecordReader {
  identity: FilePosition['file'];
  readonly #bytes: Bytes;
  readonly #options: LineReaderOptions;
  #chunk: Buffer = Buffer.alloc(0);
  /** Where in the file `#chunk` starts. */
  #base: number;
  /** Where in `#chunk` the next line starts. */
  #at = 0;
  #line: number;
  /** Part of line `#line` is behind us, its newline is not. */
  #unended: boolean;
  /** What is left of `#chunk` was found to hold no newline. */
  #noWholeLine = false;
  /** The line we are in is left out for its length. */
  #leavingOut = false;
  last: RecordReader['last'];

  constructor(bytes: Bytes, start: Place, identity: FilePosition['file'], options: LineReaderOptions) {
    this.#bytes = bytes;
    this.#base = start.offset;
    this.#line = start.line;
    this.#unended = start.unended;
    this.identity = identity;
    this.#options = options;
  }

  get place(): Place {
    return { offset: this.#base + this.#at, line: this.#line, unended: this.#unended };
  }

  /** A line without a newline included. */
  get readTo(): number {
    return this.#base + this.#chunk.length;
  }

  get isEmpty(): boolean {
    return this.#noWholeLine || this.#at === this.#chunk.length;
  }

  async read(ask: Ask, signal: AbortSignal): Promise<SourceRecord[]> {
    for (;;) {
      if (this.#leavingOut && !(await this.#leaveOut(ask.size, signal))) return [];
      const records = this.#cut(ask.end);
      if (records.length > 0) return records;
      if (this.place.offset >= ask.end) return [];
      if (this.#isLong()) {
        const piece = this.#onLongLine();
        if (piece !== undefined) return [piece];
        continue;
      }
      if (await this.#readMore(ask.size, signal)) continue;
      this.#noWholeLine = true;
      this.#compact();
      return ask.last ? this.#lastLine() : [];
    }
  }

  #cut(end: number): SourceRecord[] {
    const records: SourceRecord[] = [];
    const { max_line_bytes: longest } = this.#options.config;
    const chunk = this.#chunk;
    const base = this.#base;
    const file = this.identity;
    const stop = Math.min(end - base, this.#at + batchBytes);
    let at = this.#at;
    while (records.length < batchRecords && at < stop) {
      const to = chunk.indexOf(newline, at);
      if (to < 0 || to - at > longest) break;
      if (!this.#unended) this.#line += 1;
      if (!this.#unended || to > at) {
        records.push(new Line(chunk.subarray(at, to), base + to + 1, this.#line, file));
      }
      this.#unended = false;
      at = to + 1;
    }
    if (records.length > 0) this.#gaveOut(at);
    this.#at = at;
    return records;
  }

  /** What ends at `at` of the chunk. */
  #gaveOut(at: number): void {
    const bytes = Buffer.from(this.#chunk.subarray(Math.max(0, at - endLength), at));
    this.last = { offset: this.#base + at, bytes };
  }

  #isLong(): boolean {
    const to = this.#chunk.indexOf(newline, this.#at);
    return (to < 0 ? this.#chunk.length : to) - this.#at > this.#options.config.max_line_bytes;
  }

  #onLongLine(): SourceRecord | undefined {
    const { config, path } = this.#options;
    const line = this.#unended ? this.#line : this.#line + 1;
    switch (config.long_lines) {
      case 'fail':
        throw new ConnectorError(
          'bad_data',
          `${path}: line ${line} (at byte ${this.place.offset}) is longer than ${config.max_line_bytes} bytes`,
          { hint: 'raise max_line_bytes, or set long_lines to skip or split' },
        );
      case 'skip':
        this.#options.log.warn(`${path}: line ${line} is longer than max_line_bytes: left out`);
        this.#leavingOut = true;
        return undefined;
      case 'split':
        return this.#partOfLine(wholeCharacters(this.#chunk, this.#at, config.max_line_bytes));
    }
  }

  /** Goes on behind the line's newline; false when that is not there yet. Holds no more than a chunk. */
  async #leaveOut(size: number, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      if (!this.#unended) this.#line += 1;
      this.#unended = true;
      const to = this.#chunk.indexOf(newline, this.#at);
      this.#at = to < 0 ? this.#chunk.length : to + 1;
      if (to >= 0) {
        this.#unended = false;
        this.#leavingOut = false;
        return true;
      }
      if (!(await this.#readMore(size, signal))) return false;
    }
  }

  #lastLine(): SourceRecord[] {
    const left = this.#chunk.length - this.#at;
    return left === 0 ? [] : [this.#partOfLine(left)];
  }

  #partOfLine(length: number): SourceRecord {
    if (!this.#unended) this.#line += 1;
    this.#unended = true;
    const value = this.#chunk.subarray(this.#at, this.#at + length);
    this.#at += length;
    this.#gaveOut(this.#at);
    const { offset, line } = this.place;
    const end = endOf(value.subarray(-endLength));
    const position: FilePosition = { offset, line, file: this.identity, end, unended: true };
    return { value, position };
  }

  /** Reads a chunk behind what is left of the last one. */
  async #readMore(size: number, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const left = this.#chunk.length - this.#at;
    const wanted = Math.min(chunkBytes, Math.max(smallestChunkBytes, size - this.readTo));
    const chunk = Buffer.allocUnsafeSlow(left + Math.max(wanted, left));
    this.#chunk.copy(chunk, 0, this.#at);
    const read = await this.#bytes.read(this.readTo, chunk, left, signal);
    if (read === 0) return false;
    this.#base += this.#at;
    this.#at = 0;
    this.#chunk = chunk.subarray(0, left + read);
    this.#noWholeLine = false;
    return true;
  }

  /** Lets go of a chunk of which little is left. */
  #compact(): void {
    if (this.#at === 0) return;
    this.#chunk = Buffer.from(this.#chunk.subarray(this.#at));
    this.#base += this.#at;
    this.#at = 0;
  }
}

/** A whole line. Of most records nobody asks for the position: it is put together when it is asked for. */
class Line implements SourceRecord {
  readonly value: Buffer;
  readonly #end: number;
  readonly #line: number;
  readonly #file: FilePosition['file'];

  constructor(value: Buffer, end: number, line: number, file: FilePosition['file']) {
    this.value = value;
    this.#end = end;
    this.#line = line;
    this.#file = file;
  }

  get position(): FilePosition {
    const end = endOf(Buffer.concat([this.value.subarray(1 - endLength), lineEnd]));
    return { offset: this.#end, line: this.#line, file: this.#file, end };
  }
}

/** At most `length` bytes from `start` on, ending between two characters where the bytes are UTF-8. */
function wholeCharacters(bytes: Buffer, start: number, length: number): number {
  for (let end = length; end > Math.max(0, length - 4); end -= 1) {
    if (((bytes[start + end] ?? 0) & 0xc0) !== 0x80) return end;
  }
  return length;
}
