import type { JsonObject, JsonValue } from '../../src/sdk/index.js';

/** The key of a row's message: of one column its text, of more a list; undefined where there is none. */
export function keyOfRow(row: JsonObject, key: readonly string[]): string | undefined {
  const [only] = key;
  if (only === undefined) return undefined;
  return key.length === 1 ? textOf(row[only] ?? null) : JSON.stringify(key.map((name) => row[name] ?? null));
}

const textOf = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value));
