import type { ConnectorContext } from '../../src/sdk/index.js';
import { gzipBytes, plainBytes, type Bytes } from './bytes.js';
import { identify, look, lookAtHandle } from './identity.js';
import { pathOf } from './matched-files.js';
import { sourceFiles } from './source-files.js';
import { isGzip, isReadOnce, openFile } from './opened-file.js';
import { parquetRows } from './parquet-reader.js';
import type { FilePosition } from './position.js';
import type { FileSourceConfig } from './spec.js';

const chunkBytes = 256 * 1024;
const newline = 10;

/** The starts or ends of the files there are now. A line that has no newline yet lies behind the end. */
export async function seek(
  config: FileSourceConfig,
  to: 'earliest' | 'latest',
  { baseDir }: Pick<ConnectorContext, 'baseDir'>,
): Promise<ReadonlyMap<string, FilePosition | null>> {
  const places = new Map<string, FilePosition | null>();
  const { partitions } = await sourceFiles(config, baseDir);
  for (const partition of partitions) {
    const path = pathOf(partition, baseDir);
    places.set(partition, to === 'earliest' ? null : await endOf(path, config));
  }
  return places;
}

/** Null where nothing is to be read. */
async function endOf(path: string, config: FileSourceConfig): Promise<FilePosition | null> {
  if ((await look(path))?.kind !== 'file') return null;
  const handle = await openFile(path);
  const gzip = isGzip(path, config.compression);
  const bytes = gzip ? gzipBytes(handle) : plainBytes(handle);
  try {
    const { inode, size } = await lookAtHandle(handle);
    const file = await identify(handle, inode);
    if (config.records === 'parquet') {
      const rows = await parquetRows(handle, size);
      return rows === 0 ? null : { offset: rows, line: rows, file, packed_bytes: size };
    }
    const lines = await countLines(bytes, gzip ? Infinity : size);
    if (!isReadOnce(path, config)) {
      return lines.ended === 0 ? null : { offset: lines.endedBytes, line: lines.ended, file };
    }
    // It is read whole: its last line needs no newline.
    const line = lines.ended + (lines.bytes > lines.endedBytes ? 1 : 0);
    return line === 0 ? null : { offset: lines.bytes, line, file, packed_bytes: size };
  } finally {
    await bytes.close();
  }
}

interface Lines {
  /** Up to the end. */
  readonly bytes: number;
  /** Lines with a newline, and their bytes. */
  readonly ended: number;
  readonly endedBytes: number;
}

async function countLines(bytes: Bytes, end: number): Promise<Lines> {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  const never = new AbortController().signal;
  let offset = 0;
  let ended = 0;
  let endedBytes = 0;
  while (offset < end) {
    const length = Math.min(await bytes.read(offset, chunk, 0, never), end - offset);
    if (length === 0) break;
    const read = chunk.subarray(0, length);
    for (let at = read.indexOf(newline); at >= 0; at = read.indexOf(newline, at + 1)) {
      ended += 1;
      endedBytes = offset + at + 1;
    }
    offset += length;
  }
  return { bytes: offset, ended, endedBytes };
}
