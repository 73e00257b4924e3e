import { isObject, type JsonObject, type JsonValue } from '../sdk/index.js';

/** Reading is the SDK's; what changes records is here. */
export { objectOf, parseField, readField, type Field } from '../sdk/index.js';

/** A copy with the field set; missing objects on the way are made, and anything else there is replaced. */
export function withPath(value: JsonObject, path: readonly string[], leaf: JsonValue): JsonObject {
  const [name = '', ...rest] = path;
  if (rest.length === 0) return { ...value, [name]: leaf };
  const below = Object.hasOwn(value, name) ? value[name] : undefined;
  return { ...value, [name]: withPath(isObject(below) ? below : {}, rest, leaf) };
}

/** A copy without the field; the same object where it is not there. */
export function withoutPath(value: JsonObject, path: readonly string[]): JsonObject {
  const [name = '', ...rest] = path;
  if (!Object.hasOwn(value, name)) return value;
  if (rest.length === 0) return omit(value, name);
  const below = value[name];
  if (!isObject(below)) return value;
  const child = withoutPath(below, rest);
  return child === below ? value : { ...value, [name]: child };
}

/** A copy without one key. */
export function omit<V>(from: Readonly<Record<string, V>>, name: string): Readonly<Record<string, V>> {
  const kept = { ...from };
  Reflect.deleteProperty(kept, name);
  return kept;
}
