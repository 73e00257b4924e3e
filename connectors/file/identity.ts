import { createHash } from 'node:crypto';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { BigIntStats } from 'node:fs';
import type { FileIdentity, FilePosition } from './position.js';
import { fileError, isMissing } from './system-error.js';

/** A file as the file system shows it. */
export interface FileState {
  /** Device and inode, `2049:131`. */
  readonly inode: string;
  readonly size: number;
  /** Nanoseconds. */
  readonly changedAt: bigint;
  readonly kind: 'file' | 'folder' | 'other';
  /** Names it has: 0 when it was deleted. */
  readonly names: number;
}

/** The file at the path, or undefined when there is none. */
export async function look(path: string): Promise<FileState | undefined> {
  try {
    return stateOf(await stat(path, { bigint: true }));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError('look at', path, error);
  }
}

export const lookAtHandle = async (handle: FileHandle): Promise<FileState> =>
  stateOf(await handle.stat({ bigint: true }));

function stateOf(stats: BigIntStats): FileState {
  return {
    inode: `${stats.dev}:${stats.ino}`,
    size: Number(stats.size),
    changedAt: stats.mtimeNs,
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other',
    names: Number(stats.nlink),
  };
}

const headLength = 256;

/** By its first 256 bytes, and at most `length`. */
export async function identify(
  handle: FileHandle,
  inode: string,
  length = headLength,
): Promise<FileIdentity> {
  return { inode, ...(await readHead(handle, Math.min(headLength, length))) };
}

/** Whether the file still starts as it did when it was identified. */
export async function startsAlike(handle: FileHandle, identity: FileIdentity): Promise<boolean> {
  const now = await readHead(handle, identity.head_bytes);
  return now.head_bytes === identity.head_bytes && now.head === identity.head;
}

export const isWholeHead = (identity: FileIdentity): boolean => identity.head_bytes >= headLength;

async function readHead(handle: FileHandle, length: number): Promise<{ head: string; head_bytes: number }> {
  const bytes = await readAt(handle, 0, length);
  return { head: hashOf(bytes).slice(0, 16), head_bytes: bytes.length };
}

/** How much of a record its position keeps. */
export const endLength = 64;

export const endOf = (bytes: Buffer): Required<FilePosition>['end'] => ({
  hash: hashOf(bytes).slice(0, 8),
  bytes: bytes.length,
});

/** Whether the position is a place in the file: it starts as that one did, and has before the place what was read there. */
export async function hasPlace(handle: FileHandle, position: FilePosition): Promise<boolean> {
  return (await startsAlike(handle, position.file)) && (await endsAlike(handle, position));
}

async function endsAlike(handle: FileHandle, { offset, end }: FilePosition): Promise<boolean> {
  if (end === undefined) return true;
  const now = await readAt(handle, offset - end.bytes, end.bytes);
  return endOf(now).hash === end.hash;
}

/** Fewer where the file ends. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Inode numbers stay when a device gets another number at a restart of the machine. */
export const sameInode = (a: string, b: string): boolean =>
  a.slice(a.indexOf(':')) === b.slice(b.indexOf(':'));

/** The path of the file in this folder that is `identity` and still has `size` bytes; undefined when there is none. */
export async function findInFolder(
  folder: string,
  identity: FileIdentity,
  size: number,
): Promise<string | undefined> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw fileError('look into', folder, error);
  });
  for (const name of names) {
    const path = join(folder, name);
    const state = await look(path);
    if (state?.kind !== 'file' || state.size < size || !sameInode(state.inode, identity.inode)) continue;
    if (await isFile(path, identity)) return path;
  }
  return undefined;
}

/** Whether the file at the path starts as `identity` does. */
export const isFile = (path: string, identity: FileIdentity): Promise<boolean> =>
  isTrueOf(path, (handle) => startsAlike(handle, identity));

/** Whether the position is a place in the file at the path, which is no packed one: its places are others. */
export const isPlaceIn = (path: string, position: FilePosition): Promise<boolean> =>
  isTrueOf(path, (handle) => hasPlace(handle, position));

async function isTrueOf(path: string, holds: (handle: FileHandle) => Promise<boolean>): Promise<boolean> {
  try {
    const handle = await open(path);
    try {
      return await holds(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) return false;
    throw fileError('read', path, error);
  }
}
