import type { FileHandle } from 'node:fs/promises';
import type { Adopted, ConnectorContext, ForeignPosition } from '../../src/sdk/index.js';
import { identify, look, lookAtHandle } from './identity.js';
import { pathOf } from './matched-files.js';
import { sourceFiles } from './source-files.js';
import { isGzip, openFile } from './opened-file.js';
import type { FileSourceConfig } from './spec.js';

const chunkBytes = 256 * 1024;
const newline = 10;

/**
 * Apache's file source keeps `{filename}` and `{nextPosition}`, which counts the characters (Java's, in UTF-16)
 * of the lines it has handed out.
 */
export async function adopt(
  config: FileSourceConfig,
  { partition: from, offset }: ForeignPosition,
  { baseDir }: Pick<ConnectorContext, 'baseDir'>,
): Promise<Adopted> {
  const { filename } = from;
  const characters = Number(offset.nextPosition ?? offset.position ?? Number.NaN);
  if (typeof filename !== 'string' || !Number.isSafeInteger(characters) || characters < 0) {
    return { partition: null, note: 'it is no position of a file source' };
  }
  const path = pathOf(filename, baseDir);
  const { partitions } = await sourceFiles(config, baseDir);
  const partition = partitions.find((name) => pathOf(name, baseDir) === path);
  if (partition === undefined) {
    return { partition: null, note: `${path} is none of the files that this connector reads` };
  }
  if (characters === 0) return { partition, position: null, note: null };
  if (isGzip(path, config.compression) || config.records === 'parquet') {
    return { partition: null, note: `${path} is packed: places in it are counted otherwise here` };
  }
  if ((await look(path))?.kind !== 'file') return { partition: null, note: `${path} is not there` };
  return findPlace(partition, path, characters);
}

async function findPlace(partition: string, path: string, characters: number): Promise<Adopted> {
  const handle = await openFile(path);
  try {
    const { inode } = await lookAtHandle(handle);
    const place = await lineEndBefore(handle, characters);
    if (place.found < characters) {
      return { partition: null, note: `${path} has only ${place.found} of ${characters} characters` };
    }
    const isExact = place.endCharacters === characters;
    return {
      partition,
      position:
        place.line === 0
          ? null
          : { offset: place.endBytes, line: place.line, file: await identify(handle, inode) },
      note: isExact ? null : `${characters} characters end within line ${place.line + 1}, which comes again`,
    };
  } finally {
    await handle.close();
  }
}

interface LineEnd {
  /** Characters that there are, up to those asked for. */
  readonly found: number;
  readonly line: number;
  readonly endBytes: number;
  readonly endCharacters: number;
}

/** The last line end that is not behind so many characters. */
async function lineEndBefore(handle: FileHandle, characters: number): Promise<LineEnd> {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  const end = { found: 0, line: 0, endBytes: 0, endCharacters: 0 };
  for (let offset = 0; ;) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset);
    if (bytesRead === 0) return end;
    for (const [at, byte] of chunk.subarray(0, bytesRead).entries()) {
      if (end.found >= characters) return end;
      end.found += charactersOf(byte);
      if (byte !== newline) continue;
      end.line += 1;
      end.endBytes = offset + at + 1;
      end.endCharacters = end.found;
    }
    offset += bytesRead;
  }
}

/** How many characters of UTF-16 begin with this byte of UTF-8. */
function charactersOf(byte: number): number {
  if ((byte & 0xc0) === 0x80) return 0;
  return byte >= 0xf0 ? 2 : 1;
}
