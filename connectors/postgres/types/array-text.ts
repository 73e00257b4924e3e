import type { JsonValue } from '../../../src/sdk/index.js';
import type { Decode } from './decode.js';

/**
 * Of `{1,NULL,"a b"}`, or with more dimensions `{{1,2},{3,4}}`, lists. An array that does not begin at 1
 * (`[0:1]={1,2}`) stays text: lists could not say so.
 */
export function arrayDecoder(element: Decode, delimiter = ','): Decode {
  return (text) => (text.startsWith('{') ? new ArrayText(text, element, delimiter).list() : text);
}

class ArrayText {
  readonly #text: string;
  readonly #element: Decode;
  readonly #delimiter: string;
  #at = 0;

  constructor(text: string, element: Decode, delimiter: string) {
    this.#text = text;
    this.#element = element;
    this.#delimiter = delimiter;
  }

  list(): JsonValue[] {
    const values: JsonValue[] = [];
    this.#at += 1;
    while (this.#text[this.#at] !== '}') {
      values.push(this.#value());
      if (this.#text[this.#at] === this.#delimiter) this.#at += 1;
      else if (this.#at >= this.#text.length) throw new Error(`not the text of an array: ${this.#text}`);
    }
    this.#at += 1;
    return values;
  }

  #value(): JsonValue {
    const first = this.#text[this.#at];
    if (first === '{') return this.list();
    if (first === '"') return this.#element(this.#quoted());
    const start = this.#at;
    while (this.#at < this.#text.length && !this.#ends(this.#text[this.#at])) this.#at += 1;
    const plain = this.#text.slice(start, this.#at);
    return plain === 'NULL' ? null : this.#element(plain);
  }

  #ends(character: string | undefined): boolean {
    return character === this.#delimiter || character === '}';
  }

  #quoted(): string {
    let value = '';
    for (this.#at += 1; this.#text[this.#at] !== '"'; this.#at += 1) {
      if (this.#text[this.#at] === '\\') this.#at += 1;
      if (this.#at >= this.#text.length) throw new Error(`not the text of an array: ${this.#text}`);
      value += this.#text[this.#at] ?? '';
    }
    this.#at += 1;
    return value;
  }
}
