import { maskedUrl, type JsonObject, type JsonValue } from '../sdk/index.js';
import type { Outline } from './outline.js';
import type { Path } from './tree.js';

/** Names of keys whose values are never shown, whatever a spec says. */
const secretKey =
  /(^|[_.-])(password|passwd|passphrase|token|secret|(secret|access|private|api)[_.-]?key|authorization|cookie)$/i;

/** Stands for a secret that is not told. */
export const mask = '***';

/** Whether what stands at the path of a spec's input is not to be shown. */
export function isSecret(path: Path, outline: Outline | null): boolean {
  return path.some((segment) => secretKey.test(String(segment))) || outline?.secret(path) === true;
}

/** A name of a variable or a file tells nothing. */
const isReference = (text: string): boolean => /^\$\{[^{}]*\}$/.test(text) && !text.includes(':-');
const isAddress = (text: string): boolean => text.includes('://') && URL.canParse(text);
/** What an address asks for may be a secret as well. */
const shownAddress = (text: string): string => `${maskedUrl(text)}${/[?#]/.test(text) ? `?${mask}` : ''}`;
const hasCredentials = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.test(text);

/** A connector's entry as it may be shown. `config`: what its spec knows of `config:`. */
export function masked(entry: JsonObject, config: Outline | null): JsonObject {
  return walk(entry, [], (value, path) => {
    if (value === null || value === '' || typeof value === 'boolean') return value;
    const [first, ...inner] = path;
    const secret = first === 'config' ? isSecret(inner, config) : isSecret(path, null);
    if (secret && typeof value === 'string' && isReference(value)) return value;
    if (secret) return typeof value === 'string' && isAddress(value) ? shownAddress(value) : mask;
    return typeof value === 'string' && hasCredentials(value) ? shownAddress(value) : value;
  }) as JsonObject;
}

/** The entry with the secrets of another one where it has their masks: one that was shown can be given back. */
export function unmasked(entry: JsonObject, known: JsonObject, config: Outline | null): JsonObject {
  const shown = masked(known, config);
  return walk(entry, [], (value, path) => {
    const before = at(known, path);
    return before !== undefined && value === at(shown, path) ? before : value;
  }) as JsonObject;
}

/** An address as it was shown, or made of one. */
const holdsMask = /^[a-z][a-z0-9+.-]*:\/\/(([^/?#\s@]*:)?\*{3}@|[^?#\s]*\?\*{3}$)/i;

/** Places that hold a mask, alone or in an address. */
export function masks(entry: JsonObject): readonly Path[] {
  const found: Path[] = [];
  walk(entry, [], (value, path) => {
    if (value === mask || (typeof value === 'string' && holdsMask.test(value))) found.push(path);
    return value;
  });
  return found;
}

type Scalar = string | number | boolean | null;

function walk(value: JsonValue, path: Path, change: (value: Scalar, path: Path) => JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.map((item: JsonValue, index) => walk(item, [...path, index], change));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, walk(inner, [...path, key], change)]),
    );
  }
  return change(value, path);
}

function at(value: JsonValue | undefined, path: Path): JsonValue | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const inner = Object.entries(value).find(([key]) => key === String(first))?.[1];
  return at(inner, rest);
}
