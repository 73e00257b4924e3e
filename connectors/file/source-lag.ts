import { dirname } from 'node:path';
import type { ConnectorContext, Lag, Position } from '../../src/sdk/index.js';
import { Claims } from './claims.js';
import { findInFolder, isFile, isPlaceIn, look, sameInode } from './identity.js';
import { pathOf } from './matched-files.js';
import { sourceFiles } from './source-files.js';
import { isReadOnce, openFile } from './opened-file.js';
import { readPosition, type FilePosition } from './position.js';
import type { FileSourceConfig } from './spec.js';

/** Bytes not read yet, from what is on the disk now. Lines are not counted, so records are known only at 0. */
export async function lagOf(
  config: FileSourceConfig,
  positions: ReadonlyMap<string, Position>,
  { baseDir }: Pick<ConnectorContext, 'baseDir'>,
): Promise<Lag> {
  const left = new Map<string, FilePosition>();
  const claims = new Claims();
  for (const [partition, stored] of positions) {
    const position = readPosition(partition, stored);
    if (position === undefined) continue;
    left.set(partition, position);
    claims.remember(partition, position);
  }
  const { partitions } = await sourceFiles(config, baseDir);
  let bytes: number | null = 0;
  for (const partition of partitions) {
    const path = pathOf(partition, baseDir);
    const whole = isReadOnce(path, config);
    const behind = await bytesBehind({ partition, path, whole, claims }, left.get(partition));
    bytes = bytes === null || behind === null ? null : bytes + behind;
  }
  const other = bytes === 0 ? 0 : null;
  return { records: other, bytes, seconds: other };
}

interface Place {
  readonly partition: string;
  readonly path: string;
  /** It is read once, and its places are not bytes of the file. */
  readonly whole: boolean;
  readonly claims: Claims;
}

/** Null where it is unknown: in a file that is read once and is not finished. */
async function bytesBehind(place: Place, left: FilePosition | undefined): Promise<number | null> {
  const { path, whole } = place;
  const named = await look(path);
  if (named?.kind !== 'file') return left === undefined ? 0 : behindRenamed(place, left);
  if (left !== undefined && sameInode(named.inode, left.file.inode)) {
    if (whole) return left.packed_bytes === named.size ? 0 : null;
    const isSame = named.size >= left.offset && (await isPlaceIn(path, left));
    return isSame ? behindOffset(path, left, named.size) : named.size;
  }
  const renamed = left === undefined ? 0 : await behindRenamed(place, left);
  for (const other of place.claims.byOther(place.partition, named.inode)) {
    if (await isFile(path, other)) return renamed;
  }
  if (named.size === 0) return renamed;
  return whole || renamed === null ? null : renamed + named.size;
}

async function behindRenamed({ path, whole }: Place, left: FilePosition): Promise<number | null> {
  const found = await findInFolder(dirname(path), left.file, whole ? 0 : left.offset);
  const state = found === undefined ? undefined : await look(found);
  if (found === undefined || state === undefined) return 0;
  if (whole) return left.packed_bytes === state.size ? 0 : null;
  return behindOffset(found, left, state.size);
}

/** The newline of a line that was sent without it is nothing to be read. */
async function behindOffset(path: string, left: FilePosition, size: number): Promise<number> {
  if (left.unended !== true || size === left.offset) return size - left.offset;
  const handle = await openFile(path);
  try {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, left.offset);
    return size - left.offset - (buffer[0] === 10 ? 1 : 0);
  } finally {
    await handle.close();
  }
}
