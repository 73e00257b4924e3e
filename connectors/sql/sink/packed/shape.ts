import { endOfString, endOfValue, skipBlanks } from './json-token.js';

const [quote, comma, colon, openObject, closeObject] = [0x22, 0x2c, 0x3a, 0x7b, 0x7d];

/** The fields of a JSON object in their order, with the bytes that stand before each value, and behind the last. */
export interface Shape {
  readonly names: readonly string[];
  readonly before: readonly Buffer[];
  readonly behind: Buffer;
}

/** Null where it is no object, has no fields, or its fields are not what `JSON.parse` gives in this order. */
export function shapeOf(json: Buffer): Shape | null {
  const shape = read(json);
  if (shape === null) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(json.toString());
  } catch {
    return null;
  }
  // Names that come twice, and those that are numbers, which an object has first.
  const keys = Object.keys(parsed as object);
  const areSame = keys.length === shape.names.length && keys.every((key, at) => key === shape.names[at]);
  return areSame ? shape : null;
}

function read(json: Buffer): Shape | null {
  const names: string[] = [];
  const before: Buffer[] = [];
  if (json[0] !== openObject) return null;
  let from = 0;
  for (let at = 1; ;) {
    const nameAt = skipBlanks(json, at);
    if (json[nameAt] !== quote) return null;
    const nameEnd = endOfString(json, nameAt);
    if (nameEnd < 0) return null;
    const colonAt = skipBlanks(json, nameEnd);
    if (json[colonAt] !== colon) return null;
    const valueAt = skipBlanks(json, colonAt + 1);
    const name = nameOf(json.toString('utf8', nameAt, nameEnd));
    if (name === null) return null;
    names.push(name);
    // Copied: it outlives the answer that this message came in.
    before.push(Buffer.from(json.subarray(from, valueAt)));
    from = endOfValue(json, valueAt);
    if (from < 0) return null;
    const next = skipBlanks(json, from);
    if (json[next] === closeObject) {
      if (skipBlanks(json, next + 1) !== json.length) return null;
      return { names, before, behind: Buffer.from(json.subarray(from)) };
    }
    if (json[next] !== comma) return null;
    at = next + 1;
  }
}

function nameOf(text: string): string | null {
  try {
    return JSON.parse(text) as string;
  } catch {
    return null;
  }
}
