import { isScalar, parseDocument } from 'yaml';
import type { Problem } from './definition.js';
import { didYouMean } from './nearest.js';
import { problemAt } from './problem.js';
import {
  find,
  pathText,
  type Entry,
  type List,
  type Mapping,
  type Path,
  type Place,
  type Scalar,
  type Tree,
} from './tree.js';

/** What `--set` is called in problems, in place of a file. */
const flag = '--set';

/** A value given beside the job file, which stands in for the one in it. */
export interface Override {
  readonly path: readonly string[];
  readonly value: Scalar;
}

/** Reads `path=value`. The value is a YAML scalar; what is none, or more than one, is text as it stands. */
export function parseOverride(given: string): Override | Problem {
  const equals = given.indexOf('=');
  const start: Place = { file: flag, line: 1, column: 1 };
  if (equals < 1) {
    return problemAt(start, '', 'an override is path=value', {
      hint: 'like rocketmq.nameserver=127.0.0.1:9876',
    });
  }
  const path = given.slice(0, equals).trim().split('.');
  if (path.includes('')) {
    return problemAt(start, pathText(path), 'the path has an empty part', {
      hint: 'write keys with one dot between them',
    });
  }
  return { path, value: scalarOf(given.slice(equals + 1), { ...start, column: equals + 2 }) };
}

function scalarOf(text: string, at: Place): Scalar {
  const plain: Scalar = { kind: 'scalar', value: text, quoted: false, at };
  const { contents, errors } = parseDocument(text, { prettyErrors: false });
  if (errors.length > 0 || !isScalar(contents)) return plain;
  const { value, type } = contents;
  if (
    value !== null &&
    typeof value !== 'string' &&
    typeof value !== 'number' &&
    typeof value !== 'boolean'
  ) {
    return plain;
  }
  return { ...plain, value, quoted: type !== 'PLAIN' };
}

/**
 * Sets the values in all trees; missing mappings are made. One for a connector goes to the trees that have
 * it: where several are given, at least one must.
 */
export function applyOverrides(
  trees: readonly Mapping[],
  overrides: readonly Override[],
): { trees: readonly Mapping[]; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const known = new Set(trees.flatMap(connectorNames));
  let changed = trees;
  for (const { path, value } of overrides) {
    const [first, name] = path;
    const isOneConnectors = trees.length > 1 && first === 'connectors' && name !== undefined;
    if (isOneConnectors && !known.has(name)) {
      const hint = didYouMean(name, [...known]);
      problems.push(problemAt(value.at, pathText(path), `no job has a connector ${name}`, { hint }));
      continue;
    }
    const applied = changed.map((tree) => {
      if (isOneConnectors && !connectorNames(tree).includes(name)) return tree;
      const result = set(tree, path, value, []);
      if ('severity' in result) problems.push(result);
      return 'severity' in result ? tree : result;
    });
    changed = applied;
  }
  return { trees: changed, problems };
}

function connectorNames(tree: Mapping): readonly string[] {
  const connectors = find(tree, ['connectors']);
  return connectors?.kind === 'mapping' ? [...connectors.entries.keys()] : [];
}

function set(tree: Mapping, path: Path, value: Scalar, done: Path): Mapping | Problem {
  const [key = '', ...rest] = path;
  const before = tree.entries.get(String(key));
  const made = rest.length === 0 ? value : setBelow(before?.value, rest, value, [...done, key]);
  if ('severity' in made) return made;
  const entry: Entry = { keyAt: before?.keyAt ?? value.at, value: made };
  return { ...tree, entries: new Map([...tree.entries, [String(key), entry]]) };
}

function setBelow(tree: Tree | undefined, path: Path, value: Scalar, done: Path): Tree | Problem {
  if (tree === undefined || (tree.kind === 'scalar' && tree.value === null)) {
    return set({ kind: 'mapping', at: value.at, entries: new Map() }, path, value, done);
  }
  if (tree.kind === 'mapping') return set(tree, path, value, done);
  if (tree.kind === 'list') return setItem(tree, path, value, done);
  return problemAt(
    value.at,
    pathText([...done, ...path]),
    `${pathText(done)} is a single value and has no keys`,
    {
      hint: `set ${pathText(done)} itself`,
    },
  );
}

function setItem(list: List, path: Path, value: Scalar, done: Path): Tree | Problem {
  const [segment = '', ...rest] = path;
  const index = /^\d+$/.test(String(segment)) ? Number(segment) : -1;
  if (index < 0 || index > list.items.length) {
    const message = `${pathText(done)} is a list of ${list.items.length}, and has no ${String(segment)}`;
    return problemAt(value.at, pathText([...done, ...path]), message, { hint: 'entries count from 0' });
  }
  const made = rest.length === 0 ? value : setBelow(list.items[index], rest, value, [...done, index]);
  if ('severity' in made) return made;
  return { ...list, items: [...list.items.slice(0, index), made, ...list.items.slice(index + 1)] };
}
