import type { SourceRecord } from '../../src/sdk/index.js';
import type { FilePosition } from './position.js';

/** Where a reader stands: behind this many bytes, in or behind this line. */
export interface Place {
  readonly offset: number;
  readonly line: number;
  readonly unended: boolean;
}

/** What a reader may give out. */
export interface Ask {
  /** Only records that start before it. */
  readonly end: number;
  /** The file's size, as far as it is known. */
  readonly size: number;
  /** What is left without an ending is a record, too. */
  readonly last: boolean;
}

/** A file's content as records, from a place on. */
export interface RecordReader {
  /** What the positions of the records say about the file. */
  identity: FilePosition['file'];
  /** Where it is to be read again from: behind the last record that was given out. */
  readonly place: Place;
  /** The end of the last line that was given out, as it stood before `offset`; undefined where places are not bytes of the file. */
  readonly last?: { readonly offset: number; readonly bytes: Buffer } | undefined;
  /** How far the file was read, in its own units. */
  readonly readTo: number;
  /** Whether nothing can come before more is read. */
  readonly isEmpty: boolean;
  /** The next records; none when there are none now. */
  read(ask: Ask, signal: AbortSignal): Promise<SourceRecord[]>;
}

/** A reader that makes its records of a file's lines. */
export abstract class OverLines implements RecordReader {
  protected readonly lines: RecordReader;

  constructor(lines: RecordReader) {
    this.lines = lines;
  }

  abstract read(ask: Ask, signal: AbortSignal): Promise<SourceRecord[]>;

  get identity(): FilePosition['file'] {
    return this.lines.identity;
  }

  set identity(identity: FilePosition['file']) {
    this.lines.identity = identity;
  }

  get place(): Place {
    return this.lines.place;
  }

  get last(): RecordReader['last'] {
    return this.lines.last;
  }

  get readTo(): number {
    return this.lines.readTo;
  }

  get isEmpty(): boolean {
    return this.lines.isEmpty;
  }
}

/** Leaves out lines that are blank. */
export class NonBlankLines extends OverLines {
  async read(ask: Ask, signal: AbortSignal): Promise<SourceRecord[]> {
    for (;;) {
      const records = await this.lines.read(ask, signal);
      if (records.length === 0) return records;
      const rest = records.filter(({ value }) => !isBlank(value as Buffer));
      if (rest.length > 0) return rest;
    }
  }
}

const isBlank = (line: Buffer): boolean => line.every((byte) => byte === 32 || byte === 9 || byte === 13);
