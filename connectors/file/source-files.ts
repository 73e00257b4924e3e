import { matchFiles, type MatchedFiles } from './matched-files.js';
import { look } from './identity.js';
import type { FileSourceConfig } from './spec.js';

/** The ending of the file that says that the one beside it is done; see `when_done`. */
export const doneEnding = '.done';

/** The files that a source reads now. */
export function sourceFiles(
  { path, marker, when_done }: Pick<FileSourceConfig, 'path' | 'marker' | 'when_done'>,
  baseDir: string,
): Promise<MatchedFiles> {
  const left = [...(marker === undefined ? [] : [marker]), ...(when_done === 'mark' ? [doneEnding] : [])];
  return matchFiles(path, baseDir, async (file) => {
    if (left.some((ending) => file.endsWith(ending))) return false;
    return marker === undefined || (await look(`${file}${marker}`)) !== undefined;
  });
}
