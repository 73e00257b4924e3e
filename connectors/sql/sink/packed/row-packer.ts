import { ConnectorError, type JsonValue, type ValueType } from '../../../../src/sdk/index.js';
import type { Column } from '../session.js';
import { endOfValue } from './json-token.js';
import type { RowText } from './row-text.js';
import type { Shape } from './shape.js';

const [quote, backslash, space, minus, point, zero, nine] = [0x22, 0x5c, 0x20, 0x2d, 0x2e, 0x30, 0x39];
/** So many digits are a number that JavaScript writes as it read it. */
const safeDigits = 15;

/** Null: the database makes its values. */
export interface PackedField {
  readonly column: Column | null;
  readonly type: ValueType | undefined;
}

/**
 * Writes rows, as a statement has them, of the JSON of records: byte by byte where a column takes the text of a
 * value as it is, else by the value. What it does not understand it leaves to others, and so must whatever is
 * not UTF-8: nobody looks for that here.
 */
export class RowPacker {
  readonly #words: Words;
  #fields: readonly PackedField[] = [];
  #before: readonly Buffer[] = [];
  #behind: Buffer = Buffer.alloc(0);
  #out: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Of each column of the key, where it begins and ends in the row. */
  readonly #keys: Int32Array;
  #keyPlaces: readonly number[] = [];
  readonly #key: readonly string[];

  constructor(text: RowText, key: readonly string[]) {
    this.#words = new Words(text);
    this.#key = key;
    this.#keys = new Int32Array(key.length * 2);
  }

  /** What rows look like from now on. */
  use({ names, before, behind }: Shape, fields: readonly PackedField[]): void {
    this.#fields = fields;
    this.#before = before;
    this.#behind = behind;
    this.#keyPlaces = names.map((name) => this.#key.indexOf(name));
  }

  /** Writes a row from `at` on: where it ends; -1 where it is not of the shape, or not for a packer. */
  row(json: Buffer, out: Buffer, at: number): number {
    this.#out = out;
    this.#at = this.#put(this.#words.beforeRow, at);
    let from = 0;
    let isFirst = true;
    for (let field = 0; field < this.#fields.length; field += 1) {
      const before = this.#before[field];
      const { column, type } = this.#fields[field] ?? none;
      if (before === undefined || !startsWith(json, from, before)) return -1;
      from += before.length;
      if (column === null) {
        from = this.#passed(json, from);
      } else {
        if (!isFirst) this.#at = this.#put(this.#words.betweenFields, this.#at);
        isFirst = false;
        const start = this.#at;
        from = this.#field(json, from, column, type);
        this.#note(field, start);
      }
      if (from < 0) return -1;
    }
    if (from + this.#behind.length !== json.length || !startsWith(json, from, this.#behind)) return -1;
    return this.#put(this.#words.behindRow, this.#at);
  }

  /** The text of the key of the row that was written last: the same for the same key. */
  keyText(): string {
    const [from = 0, to = 0] = this.#keys;
    if (this.#key.length === 1) return this.#out.toString('latin1', from, to);
    let text = '';
    for (let place = 0; place < this.#keys.length; place += 2) {
      text += `${this.#out.toString('latin1', this.#keys[place], this.#keys[place + 1])}\u0001`;
    }
    return text;
  }

  #note(field: number, start: number): void {
    const place = this.#keyPlaces[field] ?? -1;
    if (place < 0) return;
    this.#keys[place * 2] = start;
    this.#keys[place * 2 + 1] = this.#at;
  }

  #put(word: Buffer, at: number): number {
    const out = this.#out;
    let end = at;
    for (const byte of word) out[end++] = byte;
    return end;
  }

  /** Writes the value at `at`; where it ends, or -1. */
  #field(json: Buffer, at: number, column: Column, type: ValueType | undefined): number {
    const byte = json[at] ?? 0;
    if (byte === letterN && startsWith(json, at, nullWord)) {
      this.#at = this.#put(this.#words.null, this.#at);
      return at + nullWord.length;
    }
    const end = column.takes === undefined ? -1 : this.#direct(json, at, byte, column.takes === 'text');
    return end < 0 ? this.#byValue(json, at, column, type) : end;
  }

  /** -1: nothing was written. */
  #direct(json: Buffer, at: number, byte: number, isText: boolean): number {
    if (byte === quote) return isText ? this.#text(json, at) : this.#numberInText(json, at);
    if (byte === minus || (byte >= zero && byte <= nine)) return this.#whole(json, at, isText);
    if (isText && byte === letterT && startsWith(json, at, trueWord)) return this.#word(trueWord, at);
    if (isText && byte === letterF && startsWith(json, at, falseWord)) return this.#word(falseWord, at);
    return -1;
  }

  #word(word: Buffer, at: number): number {
    const { quote: around } = this.#words;
    this.#at = this.#put(around, this.#put(word, this.#put(around, this.#at)));
    return at + word.length;
  }

  #text(json: Buffer, at: number): number {
    const out = this.#out;
    const { escapes, quote: around } = this.#words;
    let end = this.#put(around, this.#at);
    for (let index = at + 1; ; index += 1) {
      let byte = json[index] ?? 0;
      if (byte === quote) {
        this.#at = this.#put(around, end);
        return index + 1;
      }
      if (byte < space) return -1;
      if (byte === backslash) {
        index += 1;
        byte = meanings[json[index] ?? 0] ?? 0;
        if (byte === 0) return -1;
      }
      const letter = escapes[byte] ?? 0;
      if (letter !== 0) {
        out[end++] = backslash;
        out[end++] = letter;
      } else out[end++] = byte;
    }
  }

  /** A number that JavaScript would write alike: whole, and not `-0`. */
  #whole(json: Buffer, at: number, isText: boolean): number {
    const digits = json[at] === minus ? at + 1 : at;
    let end = digits;
    while (isDigit(json[end])) end += 1;
    const length = end - digits;
    if (length === 0 || length > safeDigits || goesOn(json[end])) return -1;
    if (json[digits] === zero && (length > 1 || digits > at)) return -1;
    this.#copy(json, at, end, isText);
    return end;
  }

  /** Digits, with a point among them perhaps. */
  #numberInText(json: Buffer, at: number): number {
    const from = at + 1;
    let end = json[from] === minus ? from + 1 : from;
    const digits = end;
    while (isDigit(json[end])) end += 1;
    if (end === digits) return -1;
    if (json[end] === point) {
      const fraction = end + 1;
      end = fraction;
      while (isDigit(json[end])) end += 1;
      if (end === fraction) return -1;
    }
    if (json[end] !== quote) return -1;
    this.#copy(json, from, end, false);
    return end + 1;
  }

  #copy(json: Buffer, from: number, to: number, isText: boolean): void {
    const out = this.#out;
    let at = isText ? this.#put(this.#words.quote, this.#at) : this.#at;
    for (let index = from; index < to; index += 1) out[at++] = json[index] ?? 0;
    this.#at = isText ? this.#put(this.#words.quote, at) : at;
  }

  #byValue(json: Buffer, at: number, column: Column, type: ValueType | undefined): number {
    const end = endOfValue(json, at);
    const value = end < 0 ? undefined : parsed(json, at, end);
    if (value === undefined || value === null) return -1;
    let text: string;
    try {
      const sent = column.encode(value, type);
      text = sent === null ? this.#words.text.null : this.#words.text.valueText(sent);
    } catch (error) {
      // Others find it again, and say so.
      if (error instanceof ConnectorError) return -1;
      throw error;
    }
    // What lies behind is still to come.
    if (Buffer.byteLength(text) > this.#out.length - this.#at - roomFor(json.length - end)) return -1;
    this.#at += this.#out.write(text, this.#at);
    return end;
  }

  /** A value that goes nowhere. */
  #passed(json: Buffer, at: number): number {
    const end = endOfValue(json, at);
    return end < 0 || parsed(json, at, end) === undefined ? -1 : end;
  }
}

/** Bytes that are enough for a row of so much JSON, but for values that are much longer in the database's words. */
export const roomFor = (bytes: number): number => bytes * 2 + 64;

const none: PackedField = { column: null, type: undefined };
const [letterN, letterT, letterF] = [0x6e, 0x74, 0x66];
const [nullWord, trueWord, falseWord] = ['null', 'true', 'false'].map((word) => Buffer.from(word)) as [
  Buffer,
  Buffer,
  Buffer,
];

/** The bytes of what a database's rows have in common. */
class Words {
  readonly text: RowText;
  readonly beforeRow: Buffer;
  readonly betweenFields: Buffer;
  readonly behindRow: Buffer;
  readonly null: Buffer;
  readonly quote: Buffer;
  /** By byte: what stands behind the backslash; 0: it goes as it is. */
  readonly escapes = new Uint8Array(256);

  constructor(text: RowText) {
    this.text = text;
    this.beforeRow = Buffer.from(text.beforeRow);
    this.betweenFields = Buffer.from(text.betweenFields);
    this.behindRow = Buffer.from(text.behindRow + text.betweenRows);
    this.null = Buffer.from(text.null);
    this.quote = Buffer.from(text.quote);
    for (const [character, letter] of text.escapes) {
      this.escapes[character.charCodeAt(0)] = letter.charCodeAt(0);
    }
  }
}

/** What stands for what behind a backslash in JSON; `u` is left to those who parse it. */
const meanings: Readonly<Partial<Record<number, number>>> = {
  [quote]: quote,
  [backslash]: backslash,
  0x2f: 0x2f,
  0x62: 8,
  0x66: 12,
  0x6e: 10,
  0x72: 13,
  0x74: 9,
};

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= nine;

/** What makes a number of whole digits another one. */
const goesOn = (byte: number | undefined): boolean => byte === point || byte === 0x65 || byte === 0x45;

function startsWith(input: Buffer, at: number, word: Buffer): boolean {
  if (at + word.length > input.length) return false;
  for (let index = 0; index < word.length; index += 1) {
    if (input[at + index] !== word[index]) return false;
  }
  return true;
}

function parsed(json: Buffer, from: number, to: number): JsonValue | undefined {
  try {
    return JSON.parse(json.toString('utf8', from, to)) as JsonValue;
  } catch {
    return undefined;
  }
}
