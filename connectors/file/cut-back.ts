import { appendFile, type FileHandle } from 'node:fs/promises';

const windowBytes = 1024 * 1024;

/**
 * Cuts the file back to `length`. What is cut is first appended to a file beside it (`PATH.ENDING`), on the
 * disk before it is cut: it may be somebody else's. Returns that file's path.
 */
export async function cutBack(
  handle: FileHandle,
  path: string,
  length: number,
  ending: string,
): Promise<string> {
  const aside = `${path}.${ending}`;
  const { size } = await handle.stat();
  const window = Buffer.allocUnsafe(Math.min(windowBytes, Math.max(0, size - length)));
  for (let at = length; at < size;) {
    const { bytesRead } = await handle.read(window, 0, Math.min(window.length, size - at), at);
    if (bytesRead === 0) break;
    await appendFile(aside, window.subarray(0, bytesRead), { flush: true });
    at += bytesRead;
  }
  await handle.truncate(length);
  return aside;
}
