import type { FileHandle } from 'node:fs/promises';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import {
  ConnectorError,
  errorText,
  type JsonObject,
  type JsonValue,
  type SourceRecord,
} from '../../src/sdk/index.js';
import type { FilePosition } from './position.js';
import type { RecordReader, Place } from './record-reader.js';

const batchRows = 2_000;

/**
 * The rows of a Parquet file as objects, a row group in memory at a time. Places count rows. 64-bit integers that a
 * number cannot hold are texts, bytes are base64, times ISO 8601; decimals are numbers.
 */
export class ParquetReader implements RecordReader {
  identity: FilePosition['file'];
  readonly #file: AsyncBuffer;
  readonly #path: string;
  /** Rows given out. */
  #row: number;
  #metadata: FileMetaData | undefined;
  /** Of the row group that `#row` is in; `from` is its first row. */
  #group: { readonly from: number; readonly rows: readonly JsonObject[] } | undefined;

  constructor(options: {
    handle: FileHandle;
    size: number;
    start: Place;
    identity: FilePosition['file'];
    path: string;
  }) {
    this.#file = asyncBuffer(options.handle, options.size);
    this.#path = options.path;
    this.#row = options.start.offset;
    this.identity = options.identity;
  }

  get place(): Place {
    return { offset: this.#row, line: this.#row, unended: false };
  }

  get readTo(): number {
    return this.#row;
  }

  get isEmpty(): boolean {
    return this.#group === undefined || this.#row >= this.#group.from + this.#group.rows.length;
  }

  async read(_ask: unknown, signal: AbortSignal): Promise<SourceRecord[]> {
    signal.throwIfAborted();
    if (this.isEmpty) this.#group = await this.#nextGroup();
    if (this.#group === undefined) return [];
    const { from, rows } = this.#group;
    const some = rows.slice(this.#row - from, this.#row - from + batchRows);
    return some.map((value) => {
      this.#row += 1;
      const position: FilePosition = { offset: this.#row, line: this.#row, file: this.identity };
      return { value, position };
    });
  }

  /** The row group that holds the next row; undefined at the end. */
  async #nextGroup(): Promise<{ from: number; rows: readonly JsonObject[] } | undefined> {
    const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
    const { compressors } = await import('hyparquet-compressors');
    try {
      this.#metadata ??= await parquetMetadataAsync(this.#file);
      let from = 0;
      for (const { num_rows } of this.#metadata.row_groups) {
        const to = from + Number(num_rows);
        if (this.#row < to) {
          const rows = await parquetReadObjects({
            file: this.#file,
            metadata: this.#metadata,
            compressors,
            rowStart: from,
            rowEnd: to,
            utf8: false,
          });
          return { from, rows: rows.map(plainObject) };
        }
        from = to;
      }
      return undefined;
    } catch (cause) {
      const why = errorText(cause);
      throw new ConnectorError(
        'bad_data',
        `${this.#path}: not a Parquet file, or one that is not whole: ${why}`,
        {
          cause,
          hint: 'it may still be written: let it get its name when it is whole, or use marker',
        },
      );
    }
  }
}

/** How many rows the file has. */
export async function parquetRows(handle: FileHandle, size: number): Promise<number> {
  const { parquetMetadataAsync } = await import('hyparquet');
  return Number((await parquetMetadataAsync(asyncBuffer(handle, size))).num_rows);
}

function asyncBuffer(handle: FileHandle, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    slice: async (start, end = byteLength) => {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      return bytes.buffer.slice(0, bytesRead);
    },
  };
}

const plainObject = (row: Readonly<Record<string, unknown>>): JsonObject =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));

/** What the library gives, as JSON has it. */
function plain(value: unknown): JsonValue {
  switch (typeof value) {
    case 'bigint':
      return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
        ? Number(value)
        : String(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'string':
    case 'boolean':
      return value;
    case 'object': {
      if (value === null) return null;
      if (value instanceof Date) return value.toISOString();
      if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
      if (Array.isArray(value)) return value.map(plain);
      return plainObject(value as Record<string, unknown>);
    }
    default:
      return null;
  }
}
