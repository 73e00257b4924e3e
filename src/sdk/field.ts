import { ConnectorError } from './errors.js';
import type { JsonObject, JsonValue } from './json.js';
import type { Content, Value } from './record.js';

/**
 * A place in a record, as jobs name it: `key`, `tag`, `header.NAME` (the rest is the name, dots and
 * all), `value` (all of it), or a field of an object value by its dot path: `user.id`, and
 * `value.user.id` where a field is itself called `key`, `tag`, `value` or `header`.
 */
export type Field =
  | { readonly kind: 'key' | 'tag' | 'whole' }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'value'; readonly path: readonly string[]; readonly text: string };

/** Null where `text` names nothing. */
export function parseField(text: string): Field | null {
  if (text === 'key' || text === 'tag') return { kind: text };
  if (text === 'value') return { kind: 'whole' };
  if (text.startsWith('header.')) {
    const name = text.slice('header.'.length);
    return name === '' ? null : { kind: 'header', name };
  }
  const path = (text.startsWith('value.') ? text.slice('value.'.length) : text).split('.');
  return path.includes('') ? null : { kind: 'value', path, text };
}

/** What stands there; undefined where nothing does. Throws `bad_data` for fields of a value that has none. */
export function readField(content: Content, field: Field): Value | undefined {
  switch (field.kind) {
    case 'key':
      return content.key;
    case 'tag':
      return content.tag;
    case 'whole':
      return content.value ?? undefined;
    case 'header':
      return ownHeader(content, field.name);
    case 'value':
      return content.value === null ? undefined : readPath(objectOf(content.value, field.text), field.path);
  }
}

function ownHeader(content: Content, name: string): string | undefined {
  return content.headers !== undefined && Object.hasOwn(content.headers, name)
    ? content.headers[name]
    : undefined;
}

function readPath(value: JsonObject, path: readonly string[]): JsonValue | undefined {
  let at: JsonValue = value;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as JsonObject)[name] as JsonValue;
  }
  return at;
}

/** The value as an object with fields; throws `bad_data` for any other. */
export function objectOf(value: Exclude<Value, null>, field: string): JsonObject {
  if (typeof value === 'object' && !Buffer.isBuffer(value) && !Array.isArray(value))
    return value as JsonObject;
  const isText = typeof value === 'string' || Buffer.isBuffer(value);
  throw new ConnectorError('bad_data', `the value is ${kindOf(value)} and has no field ${field}`, {
    hint: isText
      ? 'fields need format: json; the value as a whole is called value'
      : 'only objects have fields; the value as a whole is called value',
  });
}

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Buffer.isBuffer(value)) return 'bytes';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'object':
      return 'an object';
    case 'string':
      return 'text';
    default:
      return `a ${typeof value}`;
  }
}
