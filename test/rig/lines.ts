/** Files of numbered lines, and whether what arrived is what was sent. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';

const newline = 0x0a;
const longLine = 1_048_576;

/**
 * Writes `count` lines `FILE:NUMBER:text`: ASCII and other UTF-8, every thousandth one empty, one of
 * 1 MiB in the middle, no newline at the end.
 */
export async function writeLines(path: string, file: number, count: number): Promise<void> {
  const out = createWriteStream(path);
  const middle = Math.floor(count / 2) + 1;
  let text = '';
  for (let n = 0; n < count; n++) {
    text += n % 1000 === 500 && n !== middle ? '' : line(file, n, n === middle);
    if (n < count - 1) text += '\n';
    if (text.length > 262_144) {
      if (!out.write(text)) await once(out, 'drain');
      text = '';
    }
  }
  out.end(text);
  await once(out, 'finish');
}

function line(file: number, n: number, long: boolean): string {
  const start = `${String(file)}:${String(n)}:`;
  if (long) return start.padEnd(longLine, 'long ');
  if (n % 7 === 3) return `${start} straße, 漢字, 🚀 ${'é'.repeat(n % 50)}`;
  return `${start} GET /page/${String(n % 977)} HTTP/1.1 200 ${'x'.repeat(n % 90)}`;
}

export interface Arrival {
  /** Lines of the inputs, empty ones included. */
  readonly expected: number;
  /** Lines that did not arrive. */
  readonly missing: number;
  /** Lines that arrived again. */
  readonly duplicates: number;
  /** Lines whose first arrival came after that of a later line of their file. */
  readonly disordered: number;
  /** Lines that are in no input. */
  readonly damaged: number;
}

/**
 * Compares the output with the inputs, whose index is their number in `writeLines`. Empty lines say not
 * where they come from: they are only counted.
 */
export async function compareLines(inputs: readonly string[], output: string): Promise<Arrival> {
  const files = await Promise.all(inputs.map(async (path) => new Expected(splitLines(await readFile(path)))));
  let empty = 0;
  let damaged = 0;
  for (const got of splitLines(await readFile(output), true)) {
    if (got.length === 0) empty++;
    else if (!arrived(files, got)) damaged++;
  }
  const sum = (of: (file: Expected) => number): number => files.reduce((total, file) => total + of(file), 0);
  const emptyExpected = sum((file) => file.empty);
  return {
    expected: sum((file) => file.lines.length),
    missing: sum((file) => file.lines.length - file.empty - file.seen) + Math.max(0, emptyExpected - empty),
    duplicates: sum((file) => file.duplicates) + Math.max(0, empty - emptyExpected),
    disordered: sum((file) => file.disordered),
    damaged,
  };
}

function arrived(files: readonly Expected[], got: Buffer): boolean {
  const [file, number] = got.toString('latin1', 0, 24).split(':');
  return files[Number(file)]?.arrived(Number(number), got) ?? false;
}

/** The lines of one input, and which of them arrived. */
class Expected {
  readonly lines: readonly Buffer[];
  readonly empty: number;
  seen = 0;
  duplicates = 0;
  disordered = 0;
  readonly #arrived: Uint8Array;
  #last = -1;

  constructor(lines: readonly Buffer[]) {
    this.lines = lines;
    this.empty = lines.filter((text) => text.length === 0).length;
    this.#arrived = new Uint8Array(lines.length);
  }

  arrived(n: number, got: Buffer): boolean {
    if (this.lines[n]?.equals(got) !== true) return false;
    if (this.#arrived[n] === 1) {
      this.duplicates++;
      return true;
    }
    this.#arrived[n] = 1;
    this.seen++;
    if (n < this.#last) this.disordered++;
    this.#last = Math.max(this.#last, n);
    return true;
  }
}

/** Views into `data`. A newline ends a line; with `ended`, text after the last newline must not be there. */
function splitLines(data: Buffer, ended = false): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, start)) {
    lines.push(data.subarray(start, end));
    start = end + 1;
  }
  if (!ended || start < data.length) lines.push(data.subarray(start));
  return lines;
}
