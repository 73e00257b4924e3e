/**
 * Reads what brokers send as JSON but JSON is not: fastjson writes maps with number keys (`{0:"a"}`) and
 * with objects as keys (`{{"queueId":0}:{…}}`), and numbers with a suffix (`12L`).
 *
 * Objects come back as `Map`s: number keys as text, object keys as `Map`s. Numbers are doubles: integers
 * beyond 2^53 lose digits. Throws `protocol` on anything else.
 */
import { RocketmqError } from '../../errors.js';

export type Tolerant = null | boolean | number | string | Tolerant[] | TolerantObject;
export type TolerantObject = Map<string | TolerantObject, Tolerant>;

const maxDepth = 64;
const blank = /[\s,]*/y;
const space = /\s*/y;
const number = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[LSBFD]?/y;
const word = /[A-Za-z_$][\w$]*/y;
const plainText = /[^"'\\]*/y;

export function parseTolerantJson(text: string): Tolerant {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Tolerant {
    if (depth > maxDepth) throw this.#fault('too deep');
    this.#match(space);
    const char = this.#text[this.#at];
    if (char === '{') return this.#object(depth);
    if (char === '[') return this.#array(depth);
    if (char === '"' || char === "'") return this.#string(char);
    return this.#scalar();
  }

  end(): void {
    this.#match(space);
    if (this.#at < this.#text.length) throw this.#fault('something follows the value');
  }

  #object(depth: number): TolerantObject {
    const object: TolerantObject = new Map();
    this.#at++;
    for (;;) {
      this.#match(blank);
      if (this.#take('}')) return object;
      const key = this.value(depth + 1);
      this.#match(space);
      if (!this.#take(':')) throw this.#fault('":" is missing');
      if (Array.isArray(key)) throw this.#fault('a list as a key');
      object.set(key instanceof Map ? key : String(key), this.value(depth + 1));
      this.#separator('}');
    }
  }

  #array(depth: number): Tolerant[] {
    const array: Tolerant[] = [];
    this.#at++;
    for (;;) {
      this.#match(blank);
      if (this.#take(']')) return array;
      array.push(this.value(depth + 1));
      this.#separator(']');
    }
  }

  #separator(end: string): void {
    this.#match(space);
    const next = this.#text[this.#at];
    if (next !== ',' && next !== end) throw this.#fault(`"," or "${end}" is missing`);
  }

  #string(quote: string): string {
    this.#at++;
    let value = '';
    for (;;) {
      value += this.#match(plainText);
      const char = this.#text[this.#at++];
      if (char === undefined) throw this.#fault('a string does not end');
      if (char === quote) return value;
      value += char === '\\' ? this.#escape() : char;
    }
  }

  #escape(): string {
    const char = this.#text[this.#at++] ?? '';
    const digits = char === 'u' ? 4 : char === 'x' ? 2 : 0;
    if (digits === 0) return escapes[char] ?? char;
    const code = this.#text.slice(this.#at, this.#at + digits);
    if (!/^[\da-fA-F]+$/.test(code) || code.length < digits) throw this.#fault('a broken escape');
    this.#at += digits;
    return String.fromCharCode(Number.parseInt(code, 16));
  }

  #scalar(): Tolerant {
    const digits = this.#match(number);
    if (digits !== '') return Number(digits.replace(/[LSBFD]$/, ''));
    const name = this.#match(word);
    if (name === 'true') return true;
    if (name === 'false') return false;
    if (name === 'null') return null;
    throw this.#fault(name === '' ? 'a value is missing' : `what is ${name}?`);
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #fault(what: string): RocketmqError {
    const near = this.#text.slice(Math.max(0, this.#at - 20), this.#at + 20);
    return new RocketmqError(
      'protocol',
      `not JSON, not even a broker's: ${what} at ${this.#at}, near ${near}`,
    );
  }
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
};
