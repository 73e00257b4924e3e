import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

/** The content of a file, read forward. */
export interface Bytes {
  /** Fills `into` from its index `at` on with what starts at `offset`; 0 bytes: there is no more now. */
  read(offset: number, into: Buffer, at: number, signal: AbortSignal): Promise<number>;
  /** Idempotent. */
  close(): Promise<void>;
}

export const plainBytes = (handle: FileHandle): Bytes => ({
  read: async (offset, into, at) => (await handle.read(into, at, into.length - at, offset)).bytesRead,
  close: () => handle.close(),
});

const nothing = Buffer.alloc(0);

/** Offsets count decompressed bytes; what is before the first one asked for is read and left out. */
export function gzipBytes(handle: FileHandle): Bytes {
  const packed = createReadStream('', { fd: handle, start: 0, autoClose: false, highWaterMark: 256 * 1024 });
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  packed.on('error', (error) => gunzip.destroy(error));
  const chunks = packed.pipe(gunzip)[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  let chunk: Buffer = nothing;
  /** Where `chunk` starts. */
  let start = 0;
  let failure: Error | undefined;
  const next = async (): Promise<Buffer | undefined> => {
    if (failure !== undefined) throw failure;
    try {
      return (await chunks.next()).value;
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      throw failure;
    }
  };
  return {
    read: async (offset, into, at, signal) => {
      while (start + chunk.length <= offset) {
        signal.throwIfAborted();
        start += chunk.length;
        chunk = nothing;
        const more = await next();
        if (more === undefined) return 0;
        chunk = more;
      }
      return chunk.copy(into, at, offset - start);
    },
    close: async () => {
      packed.unpipe(gunzip);
      packed.destroy();
      gunzip.destroy();
      await handle.close();
    },
  };
}
