import type { JsonValue } from '../../sdk/index.js';

/** What lies deeper is no sample any more, and could not be written as JSON without end of stack. */
const deepest = 64;

/** The beginning of a text; `cut` where that is not all. */
export interface Excerpt {
  readonly text: string;
  readonly cut: boolean;
}

export function textStart(text: string, most: number): Excerpt {
  return { text: text.slice(0, most), cut: text.length > most };
}

/** The beginning of the value's JSON. Costs no more than what it gives, however large or deep the value is. */
export function jsonStart(value: JsonValue, most: number): Excerpt {
  const writing = new Writing(most);
  writing.value(value, 0);
  const { text, cut } = textStart(writing.text, most);
  return { text, cut: cut || writing.isCut };
}

class Writing {
  text = '';
  isCut = false;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  value(value: JsonValue, depth: number): void {
    if (typeof value === 'string') this.#string(value);
    else if (typeof value !== 'object' || value === null) this.text += String(value);
    else if (depth === deepest) this.isCut = true;
    else if (Array.isArray(value)) this.#array(value as readonly JsonValue[], depth);
    else this.#object(value as Readonly<Record<string, JsonValue>>, depth);
  }

  get #isFull(): boolean {
    if (this.text.length > this.#most) this.isCut = true;
    return this.isCut;
  }

  #string(value: string): void {
    const { text, cut } = textStart(value, this.#most);
    this.text += JSON.stringify(text);
    if (cut) this.isCut = true;
  }

  #array(items: readonly JsonValue[], depth: number): void {
    this.text += '[';
    for (const [index, item] of items.entries()) {
      if (this.#isFull) return;
      if (index > 0) this.text += ',';
      this.value(item, depth + 1);
    }
    if (!this.#isFull) this.text += ']';
  }

  #object(fields: Readonly<Record<string, JsonValue>>, depth: number): void {
    this.text += '{';
    for (const [index, key] of Object.keys(fields).entries()) {
      if (this.#isFull) return;
      if (index > 0) this.text += ',';
      this.#string(key);
      this.text += ':';
      this.value(fields[key] ?? null, depth + 1);
    }
    if (!this.#isFull) this.text += '}';
  }
}
