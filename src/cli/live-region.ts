import { stripVTControlCharacters } from 'node:util';
import type { Output } from './output.js';

const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';
const eraseBelow = '\x1b[0J';

/**
 * Some lines at the end of a terminal that are drawn again and again in place. The cursor is hidden until
 * it is closed.
 */
export class LiveRegion {
  readonly #out: Output;
  readonly #on: 'data' | 'talk';
  #lines: readonly string[] = [];
  #hidden = false;

  /** On the terminal that shows the data, or the one that shows the talk. */
  constructor(out: Output, on: 'data' | 'talk') {
    this.#out = out;
    this.#on = on;
    process.once('exit', this.#restore);
  }

  show(lines: readonly string[]): void {
    const fitting = lines.slice(0, this.#out.rows - 1).map((line) => this.#cut(line));
    const start = this.#hidden ? '' : hideCursor;
    this.#hidden = true;
    this.#write(`${start}${this.#toTop()}${fitting.map((line) => `${line}\n`).join('')}`);
    this.#lines = fitting;
  }

  /** Writes lines that stay, above the region. */
  above(text: string): void {
    const lines = this.#lines;
    this.#write(`${this.#toTop()}${text}\n${lines.map((line) => `${line}\n`).join('')}`);
  }

  clear(): void {
    this.#write(this.#toTop());
    this.#lines = [];
  }

  /** Leaves what it showed last. Idempotent. */
  close(): void {
    process.off('exit', this.#restore);
    this.#restore();
    this.#lines = [];
  }

  readonly #restore = (): void => {
    if (this.#hidden) this.#write(showCursor);
    this.#hidden = false;
  };

  #write(text: string): void {
    if (this.#on === 'data') this.#out.raw(text);
    else this.#out.rawTalk(text);
  }

  #toTop(): string {
    const { length } = this.#lines;
    return length === 0 ? '' : `\x1b[${String(length)}A\r${eraseBelow}`;
  }

  /** A line that wraps would be two. */
  #cut(line: string): string {
    const width = (this.#on === 'data' ? this.#out.dataColumns : this.#out.columns) - 1;
    return cut(line, width);
  }
}

/** The first `width` visible characters, with the control sequences among and after them. */
export function cut(line: string, width: number): string {
  if (stripVTControlCharacters(line).length <= width) return line;
  let left = Math.max(0, width - 1);
  let cutOff = false;
  return line
    .split(controlSequence)
    .map((part, index) => {
      if (index % 2 === 1) return part;
      const kept = part.slice(0, left);
      left -= kept.length;
      if (kept.length === part.length || cutOff) return kept;
      cutOff = true;
      return `${kept}…`;
    })
    .join('');
}

const escape = String.fromCharCode(27);
/** In a group: `split` keeps it. */
const controlSequence = new RegExp(`(${escape}\\[[\\d;]*m)`);
