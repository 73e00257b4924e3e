import type { JsonObject, JsonValue } from '../../src/sdk/index.js';

/** The key of a row's message: of one column its text, of more a list; undefined where there is none. */
export function keyOfRow(row: JsonObject | null, key: readonly string[]): string | undefined {
  if (row === null || key.length === 0) return undefined;
  const values = key.map((name) => row[name] ?? null);
  return values.length === 1 ? textOf(values[0] ?? null) : JSON.stringify(values);
}

const textOf = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value));
