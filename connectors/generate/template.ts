import type { JsonValue } from '../../src/sdk/index.js';
import { cities, names, words } from './vocabulary.js';
import type { Random } from './random.js';

/** Makes the value of record `n`; `random` has been restarted for it. */
export type Template<T extends JsonValue = JsonValue> = (n: number, random: Random) => T;

/** A template that cannot be read; `path` leads to its text inside an object. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly path: readonly (string | number)[];

  constructor(message: string, path: readonly (string | number)[]) {
    super(message);
    this.path = path;
  }
}

/** Reads a text, or an object with texts at any depth. Throws `TemplateError`. */
export function compile(template: JsonValue): Template {
  return typeof template === 'string' ? compileText(template, []) : compileInside(template, []);
}

/** As `compile`, for a text that stays one. */
export const compileKey = (template: string): Template<string> => compileText(template, []);

function compileInside(template: JsonValue, path: readonly (string | number)[]): Template {
  if (typeof template === 'string') {
    const parts = parse(template, path);
    const [only] = parts;
    return parts.length === 1 && only !== undefined && typeof only !== 'string' ? only : join(parts);
  }
  if (template === null || typeof template !== 'object') return () => template;
  if (isArray(template)) {
    const items = template.map((item, index) => compileInside(item, [...path, index]));
    return (n, random) => items.map((item) => item(n, random));
  }
  const fields = Object.entries(template).map(
    ([name, value]) => [name, compileInside(value, [...path, name])] as const,
  );
  return (n, random) => Object.fromEntries(fields.map(([name, value]) => [name, value(n, random)]));
}

const isArray: (value: JsonValue) => value is readonly JsonValue[] = Array.isArray;

const compileText = (template: string, path: readonly (string | number)[]): Template<string> =>
  join(parse(template, path));

type Part = string | Template<string | number>;

function join(parts: readonly Part[]): Template<string> {
  return (n, random) => {
    let text = '';
    for (const part of parts) text += typeof part === 'string' ? part : String(part(n, random));
    return text;
  };
}

function parse(template: string, path: readonly (string | number)[]): Part[] {
  const parts: Part[] = [];
  for (const match of template.matchAll(/\{\{|\{([^{}]*)\}|[^{]+|\{/g)) {
    const [whole, inside] = match;
    if (inside !== undefined) parts.push(placeholder(inside, path));
    else if (whole === '{') throw new TemplateError(`"${template}" has a { that is not closed`, path);
    else parts.push(whole === '{{' ? '{' : whole);
  }
  return parts;
}

function placeholder(inside: string, path: readonly (string | number)[]): Template<string | number> {
  const colon = inside.indexOf(':');
  const name = colon < 0 ? inside : inside.slice(0, colon);
  const argument = colon < 0 ? undefined : inside.slice(colon + 1);
  const made = placeholders[name]?.(argument);
  if (made === undefined) {
    throw new TemplateError(`{${inside}} is no placeholder; there are: ${usages}`, path);
  }
  return made;
}

const usages = '{n}, {now}, {random:1-100}, {name}, {city}, {word}, {pick:a|b|c}, {uuid}, {text:100}';

/** Placeholders by name; they return undefined for an argument they cannot use. */
const placeholders: Readonly<
  Record<string, (argument: string | undefined) => Template<string | number> | undefined>
> = {
  n: (argument) => (argument === undefined ? (n) => n : undefined),
  now: (argument) => (argument === undefined ? () => Date.now() : undefined),
  random: range,
  name: (argument) => (argument === undefined ? (_n, random) => random.pick(names) : undefined),
  city: (argument) => (argument === undefined ? (_n, random) => random.pick(cities) : undefined),
  word: (argument) => (argument === undefined ? (_n, random) => random.pick(words) : undefined),
  pick: (argument) => {
    const [first, ...rest] = argument?.split('|') ?? [];
    return first === undefined ? undefined : (_n, random) => random.pick([first, ...rest]);
  },
  uuid: (argument) => (argument === undefined ? (_n, random) => uuid(random) : undefined),
  text: (argument) => {
    const length = /^[1-9]\d{0,6}$/.test(argument ?? '') ? Number(argument) : undefined;
    return length === undefined ? undefined : (_n, random) => letters(length, random);
  },
};

function range(argument: string | undefined): Template<number> | undefined {
  const [, low, high] = /^(-?\d{1,15})-(-?\d{1,15})$/.exec(argument ?? '') ?? [];
  if (low === undefined || high === undefined || Number(low) > Number(high)) return undefined;
  const from = Number(low);
  const to = Number(high);
  return (_n, random) => random.between(from, to);
}

/** Of the random kind, version 4. */
function uuid(random: Random): string {
  const word = () => random.bits().toString(16).padStart(8, '0');
  const hex = word() + word() + word() + word();
  const variant = ((random.bits() & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function letters(length: number, random: Random): string {
  let text = '';
  while (text.length < length) {
    let bits = random.bits();
    for (let taken = 0; taken < 6; taken += 1) {
      text += alphabet.charAt(bits & 31);
      bits >>>= 5;
    }
  }
  return text.slice(0, length);
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz ,. -_';
