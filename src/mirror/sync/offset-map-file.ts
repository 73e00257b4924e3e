import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readFileIfThere, writeFileAtomic } from '../../store/index.js';
import { OffsetMap, type Run } from './offset-map.js';

const format = 'rmq-connect offset map 3';
const line = /^([0-9a-z]+) ([0-9a-z]+) ([0-9a-z]+)(?: ([0-9a-z]+))?( ~)? =([0-9a-z]+)$/;
/** With so many lines more than runs the file is written anew. */
const slack = 4_000;

/**
 * The map of one queue on disk: a line for each piece that was copied, appended. What was not yet written when the
 * worker died, and what stands behind a torn line, is found again in the target. `name` says which queues it is of:
 * a file of others counts as none.
 */
export class OffsetMapFile {
  readonly #path: string;
  readonly #name: string;
  #lines = 0;
  #waiting: Run[] = [];
  #isNew = true;

  constructor(path: string, name: string) {
    this.#path = path;
    this.#name = name;
  }

  /** Null where there is none of these queues. */
  async load(): Promise<OffsetMap | null> {
    const text = await readFileIfThere(this.#path);
    const [head, ...lines] = text?.split('\n') ?? [];
    if (head !== `${format} ${this.#name}`) return null;
    const runs: Run[] = [];
    // The last is empty, or was not written to its end.
    for (const written of lines.slice(0, -1)) {
      const run = parsed(written);
      if (run === null) break;
      runs.push(run);
    }
    const torn = runs.length < lines.length - 1 || lines.at(-1) !== '';
    this.#lines = runs.length;
    this.#isNew = torn;
    return new OffsetMap(runs);
  }

  append(run: Run): void {
    this.#waiting.push(run);
  }

  /** What is written does not hold any more: the next flush writes all of the map. */
  outdated(): void {
    this.#isNew = true;
    this.#waiting = [];
  }

  /** Writes what was appended. `map` is what all of it makes. */
  async flush(map: OffsetMap): Promise<void> {
    const fresh = this.#waiting;
    if (fresh.length === 0 && !this.#isNew) return;
    this.#waiting = [];
    try {
      if (this.#isNew || this.#lines + fresh.length > 2 * map.runs.length + slack) await this.#rewrite(map);
      else await this.#append(fresh);
    } catch (error) {
      // The next flush writes all of it.
      this.#isNew = true;
      throw error;
    }
  }

  async #append(runs: readonly Run[]): Promise<void> {
    const file = await open(this.#path, 'a', 0o600);
    try {
      await file.writeFile(runs.map(written).join(''));
    } finally {
      await file.close();
    }
    this.#lines += runs.length;
  }

  async #rewrite({ runs }: OffsetMap): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const text = `${format} ${this.#name}\n${runs.map(written).join('')}`;
    await writeFileAtomic(this.#path, text, { durable: true });
    this.#lines = runs.length;
    this.#isNew = false;
  }
}

/** `~` behind the numbers: at most the source offset. */
function written({ source, target, length, targetEnd, isAtMost }: Run): string {
  const numbers = [source, target, length, ...(targetEnd === undefined ? [] : [targetEnd])];
  const text = numbers.map((number) => number.toString(36)).join(' ');
  return `${text}${isAtMost === true ? ' ~' : ''} =${sumOf(numbers)}\n`;
}

function parsed(text: string): Run | null {
  const match = line.exec(text);
  if (match === null) return null;
  const numbers = match
    .slice(1, 5)
    .flatMap((digits: string | undefined) => (digits === undefined ? [] : [Number.parseInt(digits, 36)]));
  const [source = 0, target = 0, length = 0, targetEnd] = numbers;
  if (sumOf(numbers) !== match[6] || length === 0) return null;
  return {
    source,
    target,
    length,
    ...(targetEnd === undefined ? {} : { targetEnd }),
    ...(match[5] === undefined ? {} : { isAtMost: true }),
  };
}

/** Tells a line that was damaged from one that was not. */
function sumOf(numbers: readonly number[]): string {
  return numbers.reduce((sum, number) => (sum * 31 + number) % 46_655, 7).toString(36);
}
