/** Files of lines that are all of the same length, so that counting bytes counts lines. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const chunkBytes = 4 * 1024 * 1024;

export interface InputFiles {
  readonly paths: readonly string[];
  /** A glob that matches them and nothing else. */
  readonly glob: string;
  /** In all of them. */
  readonly lines: number;
}

/** `lines` in all, dealt evenly over the files; each a number and letters, `bytes` long without its newline. */
export async function writeInput(
  folder: string,
  of: { readonly files: number; readonly lines: number; readonly bytes: number },
): Promise<InputFiles> {
  const each = Math.floor(of.lines / of.files);
  const paths = Array.from({ length: of.files }, (_, n) => join(folder, `in-${String(n)}.txt`));
  for (const path of paths) await writeLines(path, each, of.bytes);
  return { paths, glob: join(folder, 'in-*.txt'), lines: each * of.files };
}

async function writeLines(path: string, lines: number, bytes: number): Promise<void> {
  const filling = 'abcdefghijklmnopqrstuvwxyz'.repeat(Math.ceil(bytes / 26));
  const handle = await open(path, 'w');
  try {
    const perChunk = Math.max(1, Math.floor(chunkBytes / bytes));
    for (let done = 0; done < lines;) {
      const until = Math.min(lines, done + perChunk);
      let text = '';
      for (; done < until; done++) text += `${`${String(done)} ${filling}`.slice(0, bytes)}\n`;
      await handle.write(text);
    }
  } finally {
    await handle.close();
  }
}
