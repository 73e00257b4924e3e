import { isObject, type JsonObject, type JsonValue } from '../sdk/index.js';

/** A place in a text. Both numbers count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The way to a value, outermost first. */
export type Path = readonly (string | number)[];

/** What a job file holds, each part with its place. */
export type Tree = Scalar | List | Mapping;

export interface Scalar {
  readonly kind: 'scalar';
  readonly value: null | boolean | number | string;
  /** Written in quotes or as a block: text whatever it looks like. */
  readonly quoted: boolean;
  readonly at: Place;
  /** What environment and files were filled in for; absent where nothing was. */
  readonly filled?: {
    /** As written: `${PORT}`. */
    readonly source: string;
    /** The filled-in text, before a number or boolean was made of it. */
    readonly text: string;
    /** A problem was reported already. */
    readonly failed: boolean;
  };
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly at: Place;
}

export interface Entry {
  readonly keyAt: Place;
  readonly value: Tree;
}

export interface Mapping {
  readonly kind: 'mapping';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly at: Place;
}

export const pathText = (path: Path): string => path.join('.');

function child(tree: Tree, segment: string | number): Tree | undefined {
  if (tree.kind === 'mapping') return tree.entries.get(String(segment))?.value;
  return tree.kind === 'list' ? tree.items[Number(segment)] : undefined;
}

/** What stands at the path; undefined where nothing does. */
export function find(tree: Tree, path: Path): Tree | undefined {
  let at: Tree | undefined = tree;
  for (const segment of path) {
    if (at === undefined) return undefined;
    at = child(at, segment);
  }
  return at;
}

/** Where to point a reader to: the key of what stands at the path, or of the nearest thing around it. */
export function placeOf(tree: Tree, path: Path): Place {
  let at = tree;
  let place = tree.at;
  for (const segment of path) {
    const below = child(at, segment);
    if (below === undefined) return place;
    const key = at.kind === 'mapping' ? at.entries.get(String(segment))?.keyAt : undefined;
    // A value from --set stands in for one in the file: the reader has to look there.
    place = key?.file === below.at.file ? key : below.at;
    at = below;
  }
  return place;
}

/**
 * The tree as plain data. `asText` holds the paths of filled-in scalars that are to stay text though they
 * look like a number or a boolean.
 */
export function plain(tree: Mapping): JsonObject;
export function plain(tree: Tree, asText?: ReadonlySet<string>, path?: Path): JsonValue;
export function plain(tree: Tree, asText: ReadonlySet<string> = new Set(), path: Path = []): JsonValue {
  switch (tree.kind) {
    case 'scalar':
      return tree.filled && asText.has(pathText(path)) ? tree.filled.text : tree.value;
    case 'list':
      return tree.items.map((item, index) => plain(item, asText, [...path, index]));
    case 'mapping':
      return Object.fromEntries(
        [...tree.entries].map(([key, entry]) => [key, plain(entry.value, asText, [...path, key])]),
      );
  }
}

/** Calls `visit` with every scalar. */
export function eachScalar(tree: Tree, visit: (scalar: Scalar, path: Path) => void, path: Path = []): void {
  if (tree.kind === 'scalar') visit(tree, path);
  else if (tree.kind === 'list') {
    tree.items.forEach((item, index) => {
      eachScalar(item, visit, [...path, index]);
    });
  } else for (const [key, entry] of tree.entries) eachScalar(entry.value, visit, [...path, key]);
}

/** A job as JSON, with nothing filled in: what is needed to build it again without the file. */
export interface RawTree {
  readonly [key: string]: JsonValue;
  readonly value: JsonObject;
  /** Paths of scalars that were written in quotes: what is filled into them stays text. */
  readonly quoted: readonly (readonly (string | number)[])[];
}

export function toRaw(tree: Mapping): RawTree {
  const quoted: Path[] = [];
  eachScalar(tree, (scalar, path) => {
    if (scalar.quoted && typeof scalar.value === 'string' && scalar.value.includes('$')) quoted.push(path);
  });
  return { value: plain(tree), quoted };
}

/** All places are the start of `file`: the text itself is gone. */
export function fromRaw(raw: RawTree, file: string): Mapping {
  const at: Place = { file, line: 1, column: 1 };
  const quoted = new Set(raw.quoted.map((path) => JSON.stringify(path)));
  const mapping = (value: JsonObject, path: Path): Mapping => {
    const entries = Object.entries(value).map(
      ([key, below]) => [key, { keyAt: at, value: build(below, [...path, key]) }] as const,
    );
    return { kind: 'mapping', at, entries: new Map(entries) };
  };
  const build = (value: JsonValue, path: Path): Tree => {
    if (isObject(value)) return mapping(value, path);
    if (typeof value !== 'object' || value === null) {
      return { kind: 'scalar', at, value, quoted: quoted.has(JSON.stringify(path)) };
    }
    return { kind: 'list', at, items: value.map((item, index) => build(item, [...path, index])) };
  };
  return mapping(raw.value, []);
}
