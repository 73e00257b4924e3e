import type { JsonValue } from '../../../src/sdk/index.js';

/** Rows are cut out of buffers of this size. */
const slabBytes = 256 * 1024;
const [quote, backslash, space] = [0x22, 0x5c, 0x20];

/**
 * Writes rows as JSON objects in UTF-8, without an object or a string between: bytes of the database to bytes
 * of the message. Whoever writes makes room first, and moves `at`.
 */
export class JsonRows {
  out = Buffer.allocUnsafeSlow(slabBytes);
  at = 0;
  #start = 0;

  /** Room for so many bytes more. What is written of this row moves, where it must. */
  room(bytes: number): void {
    if (this.at + bytes <= this.out.length) return;
    const written = this.at - this.#start;
    const slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, written + bytes));
    this.out.copy(slab, 0, this.#start, this.at);
    this.out = slab;
    this.at = written;
    this.#start = 0;
  }

  /** Bytes that are JSON already. */
  raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    const { out } = this;
    let { at } = this;
    for (const byte of bytes) out[at++] = byte;
    this.at = at;
  }

  /** UTF-8 as a JSON string. */
  text(bytes: Uint8Array): void {
    this.room(bytes.length * 6 + 2);
    const { out } = this;
    let { at } = this;
    out[at++] = quote;
    for (const byte of bytes) {
      if (byte < space || byte === quote || byte === backslash) at = writeEscaped(out, at, byte);
      else out[at++] = byte;
    }
    out[at++] = quote;
    this.at = at;
  }

  value(value: JsonValue): void {
    const text = JSON.stringify(value);
    this.room(text.length * 3);
    this.at += this.out.write(text, this.at);
  }

  /** What was written of this row from `from` bytes behind its start on. */
  written(from: number, to = this.length): string {
    return this.out.toString('utf8', this.#start + from, this.#start + to);
  }

  /** Bytes of this row so far. */
  get length(): number {
    return this.at - this.#start;
  }

  /** The row; the next one begins. */
  cut(): Buffer {
    const row = this.out.subarray(this.#start, this.at);
    this.#start = this.at;
    return row;
  }
}

const hex = Buffer.from('0123456789abcdef');
const [zero, u] = [0x30, 0x75];
/** Control characters that have a letter of their own. */
const letters: Readonly<Partial<Record<number, number>>> = {
  8: 0x62,
  9: 0x74,
  10: 0x6e,
  12: 0x66,
  13: 0x72,
  [quote]: quote,
  [backslash]: backslash,
};

/** A byte that a JSON string cannot have as it is; where the next one goes. */
export function writeEscaped(out: Buffer, at: number, byte: number): number {
  out[at] = backslash;
  const letter = letters[byte];
  if (letter !== undefined) {
    out[at + 1] = letter;
    return at + 2;
  }
  out[at + 1] = u;
  out[at + 2] = zero;
  out[at + 3] = zero;
  out[at + 4] = hex[byte >> 4] ?? zero;
  out[at + 5] = hex[byte & 15] ?? zero;
  return at + 6;
}

/** `{"id":`, `,"name":` …: what stands before the values. */
export const namesOf = (columns: readonly string[]): readonly Buffer[] =>
  columns.map((name, at) => Buffer.from(`${at === 0 ? '{' : ','}${JSON.stringify(name)}:`));
