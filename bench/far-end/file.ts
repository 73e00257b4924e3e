import { stat } from 'node:fs/promises';
import type { Count } from '../meters/arrival.js';

/** The lines of a file, all of the same length (the newline included); 0 while there is no such file. */
export function lineCount(path: string, lineBytes: number): Count {
  return async () => {
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    return Math.floor(size / lineBytes);
  };
}
