import { open, type FileHandle } from 'node:fs/promises';
import { ConnectorError, type Log, type SourceRecord } from '../../src/sdk/index.js';
import { gzipBytes, plainBytes, type Bytes } from './bytes.js';
import {
  endOf,
  hasPlace,
  identify,
  isWholeHead,
  lookAtHandle,
  readAt,
  sameInode,
  startsAlike,
  type FileState,
} from './identity.js';
import { CsvReader } from './csv-reader.js';
import { LineReader } from './line-reader.js';
import type { FileIdentity, FilePosition } from './position.js';
import { ParquetReader } from './parquet-reader.js';
import { NonBlankLines, type RecordReader, type Place } from './record-reader.js';
import type { FileSourceConfig } from './spec.js';
import { codeOf, fileError } from './system-error.js';

export const isGzip = (path: string, compression: 'auto' | 'none' | 'gzip'): boolean =>
  compression === 'gzip' || (compression === 'auto' && path.endsWith('.gz'));

/** Whether the file is read once, from its start to its end, and not followed. */
export const isReadOnce = (
  path: string,
  { compression, records, when_done }: Pick<FileSourceConfig, 'compression' | 'records' | 'when_done'>,
): boolean => isGzip(path, compression) || records === 'parquet' || when_done !== 'keep';

/** Opens a file to look at it; throws `ConnectorError`. */
export async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (error) {
    throw fileError('read', path, error);
  }
}

export interface OpenedFileOptions {
  readonly config: FileSourceConfig;
  readonly path: string;
  readonly log: Log;
  readonly start: Place;
  /** Files the partition has finished. */
  readonly earlier: readonly FileIdentity[];
}

/** A file while it is open: its content as records, and whether it is still what it was. */
export class OpenedFile {
  /** As it was last looked at. */
  state: FileState;
  readonly isReadOnce: boolean;
  readonly #handle: FileHandle;
  readonly #options: OpenedFileOptions;
  readonly #bytes: Bytes;
  readonly #reader: RecordReader;
  /** Of a file that is read once: read, but held until it is known whether more follow. */
  #held: SourceRecord[] = [];

  private constructor(
    handle: FileHandle,
    state: FileState,
    content: { readonly bytes: Bytes; readonly reader: RecordReader },
    options: OpenedFileOptions,
  ) {
    this.#handle = handle;
    this.#options = options;
    this.isReadOnce = isReadOnce(options.path, options.config);
    this.state = state;
    this.#bytes = content.bytes;
    this.#reader = content.reader;
  }

  /** Takes over the handle. */
  static async create(handle: FileHandle, options: OpenedFileOptions): Promise<OpenedFile> {
    const state = await lookAtHandle(handle);
    const identity = await identify(handle, state.inode);
    const { earlier } = options;
    const file = earlier.length === 0 ? identity : { ...identity, earlier };
    return new OpenedFile(handle, state, await openContent(handle, state.size, file, options), options);
  }

  get identity(): FileIdentity {
    const { inode, head, head_bytes } = this.#reader.identity;
    return { inode, head, head_bytes };
  }

  get earlier(): readonly FileIdentity[] {
    return this.#options.earlier;
  }

  /** The position to open it again at. */
  get position(): FilePosition {
    const { place, last, identity: file } = this.#reader;
    const { offset, line, unended } = place;
    const end = last?.offset === offset ? { end: endOf(last.bytes) } : {};
    return { offset, line, file, ...end, ...(unended ? { unended } : {}) };
  }

  /** Whether all that was there when it was last looked at has been read. */
  get isReadThrough(): boolean {
    return this.#reader.isEmpty && this.#reader.readTo >= this.state.size;
  }

  /** As `RecordReader.read`; a file that is read once is read to its end whatever `end` is. */
  async read(ask: { end: number; last: boolean }, signal: AbortSignal): Promise<SourceRecord[]> {
    try {
      return this.isReadOnce
        ? await this.#readOnce(signal)
        : await this.#reader.read({ ...ask, size: this.state.size }, signal);
    } catch (error) {
      throw error instanceof ConnectorError || signal.aborted ? error : explain(this.#options.path, error);
    }
  }

  /** Looks at the file again. `changed`: its content is no longer what was read. */
  async lookAgain(): Promise<'same' | 'grown' | 'changed'> {
    const before = this.state;
    this.state = await lookAtHandle(this.#handle);
    if (this.state.size === before.size && this.state.changedAt === before.changedAt) return 'same';
    if (this.isReadOnce) return 'changed';
    if (this.state.size < this.#reader.readTo) return 'changed';
    if (!(await startsAlike(this.#handle, this.identity)) || !(await this.#endsAlike())) return 'changed';
    if (!isWholeHead(this.identity)) {
      this.#reader.identity = {
        ...this.#reader.identity,
        ...(await identify(this.#handle, this.state.inode)),
      };
    }
    return this.state.size > this.#reader.readTo ? 'grown' : 'same';
  }

  /** Whether the position is a place in this file, as it is now. */
  async holds(position: FilePosition): Promise<boolean> {
    if (!sameInode(position.file.inode, this.identity.inode)) return false;
    return this.isReadOnce ? startsAlike(this.#handle, position.file) : hasPlace(this.#handle, position);
  }

  close(): Promise<void> {
    return this.#bytes.close();
  }

  /** Whether what was read last still stands where it stood. */
  async #endsAlike(): Promise<boolean> {
    const { last } = this.#reader;
    if (last === undefined) return true;
    const { offset, bytes } = last;
    return bytes.equals(await readAt(this.#handle, offset - bytes.length, bytes.length));
  }

  /**
   * One batch late, so that the last record of all can say that it is the last. What comes before an
   * error is handed out first; reading on gives the error again.
   */
  async #readOnce(signal: AbortSignal): Promise<SourceRecord[]> {
    for (;;) {
      const ready = this.#held;
      this.#held = [];
      try {
        this.#held = await this.#reader.read({ end: Infinity, size: Infinity, last: true }, signal);
      } catch (error) {
        if (ready.length > 0 && !signal.aborted) return ready;
        this.#held = ready;
        throw error;
      }
      if (this.#held.length === 0) return markLast(ready, this.state.size);
      if (ready.length > 0) return ready;
    }
  }
}

async function openContent(
  handle: FileHandle,
  size: number,
  identity: FilePosition['file'],
  options: OpenedFileOptions,
): Promise<{ bytes: Bytes; reader: RecordReader }> {
  const { config, path, log, start } = options;
  const bytes = contentOf(handle, options);
  switch (config.records) {
    case 'parquet':
      return { bytes, reader: new ParquetReader({ handle, size, start, identity, path }) };
    case 'lines':
    case 'jsonl': {
      const lines = new LineReader(bytes, start, identity, { config, path, log });
      return { bytes, reader: config.records === 'jsonl' ? new NonBlankLines(lines) : lines };
    }
    case 'csv': {
      const { columns, header } = config.csv;
      const names = columns ?? (header && start.offset > 0 ? await headerOf(identity, options) : undefined);
      const lines = new LineReader(bytes, start, identity, { config, path, log });
      return { bytes, reader: await CsvReader.open({ lines, names, config: config.csv, path }) };
    }
  }
}

const contentOf = (handle: FileHandle, { path, config }: OpenedFileOptions): Bytes =>
  isGzip(path, config.compression) ? gzipBytes(handle) : plainBytes(handle);

/** The names of the columns, from the start of a CSV file that is read from a later place on. */
async function headerOf(
  identity: FilePosition['file'],
  options: OpenedFileOptions,
): Promise<readonly string[] | undefined> {
  const { config, path } = options;
  const bytes = contentOf(await openFile(path), options);
  try {
    const lines = new LineReader(bytes, { offset: 0, line: 0, unended: false }, identity, options);
    const reader = await CsvReader.open({ lines, names: undefined, config: config.csv, path });
    await reader.read({ end: 1, size: 0, last: true }, new AbortController().signal);
    return reader.names;
  } finally {
    await bytes.close();
  }
}

function markLast(records: SourceRecord[], packedBytes: number): SourceRecord[] {
  const last = records.at(-1);
  if (last === undefined) return records;
  const position = { ...(last.position as FilePosition), packed_bytes: packedBytes };
  return [...records.slice(0, -1), { ...last, position }];
}

/** Of a gzip file that may still be written. */
export const endsTooEarly = (error: unknown): boolean =>
  error instanceof ConnectorError && codeOf(error.cause) === 'Z_BUF_ERROR';

function explain(path: string, error: unknown): ConnectorError {
  const code = codeOf(error);
  if (code === 'Z_BUF_ERROR') {
    return new ConnectorError('bad_data', `${path}: the gzip file ends too early`, {
      cause: error,
      hint: 'it may still be written, or was not copied whole; what was in it has been read',
    });
  }
  if (code?.startsWith('Z_') === true) {
    return new ConnectorError('bad_data', `${path}: not a gzip file, or a damaged one: ${String(error)}`, {
      cause: error,
      hint: 'set compression to none if it is not compressed',
    });
  }
  return fileError('read', path, error);
}
