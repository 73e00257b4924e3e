import {
  LineCounter,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
  type ParsedNode,
  type YAMLMap,
} from 'yaml';
import type { Problem } from './definition.js';
import { problemAt } from './problem.js';
import type { Entry, Mapping, Place, Scalar, Tree } from './tree.js';
import { explainYaml } from './yaml-errors.js';

/** Aliases may repeat parts; a file that grows beyond this is a mistake or an attack. */
const maxNodes = 50_000;

/** The mapping a YAML text holds, or null and the reasons. Warnings and errors about single keys may come with a mapping. */
export function readYaml(text: string, file: string): { tree: Mapping | null; problems: readonly Problem[] } {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    merge: true,
    uniqueKeys: true,
  });
  const problems = explainYaml(document, text, place);
  // What stands twice is no reason not to look at the rest; the last one counts there.
  if (document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return { tree: null, problems };
  const fail = (at: Place, message: string, hint: string): { tree: null; problems: readonly Problem[] } => ({
    tree: null,
    problems: [...problems, problemAt(at, '', message, { hint })],
  });
  const start: Place = { file, line: 1, column: 1 };
  if (document.contents === null) {
    return fail(start, 'the file is empty', 'write connectors: and at least one connector below it');
  }
  const build = new Builder(document, place);
  const tree = build.tree(document.contents, place(document.contents.range[0]));
  if (build.problems.length > 0) return { tree: null, problems: [...problems, ...build.problems] };
  if (tree.kind !== 'mapping') {
    const what = tree.kind === 'list' ? 'a list' : 'a single value';
    return fail(tree.at, `a job file is a mapping, not ${what}`, 'start with connectors:');
  }
  return { tree, problems };
}

/** Makes our tree of the parser's: aliases followed, merge keys merged. */
class Builder {
  readonly problems: Problem[] = [];
  readonly #document: Document;
  readonly #place: (offset: number) => Place;
  readonly #open = new Set<Node>();
  #nodes = 0;

  constructor(document: Document, place: (offset: number) => Place) {
    this.#document = document;
    this.#place = place;
  }

  /** `around` is where a node without a place of its own is said to be. */
  tree(node: unknown, around: Place): Tree {
    const parsed = node as ParsedNode | null;
    const at = parsed?.range ? this.#place(parsed.range[0]) : around;
    this.#nodes += 1;
    if (this.#nodes > maxNodes) {
      if (this.#nodes === maxNodes + 1)
        this.#fail(at, 'aliases make the file too large', 'use fewer aliases');
      return nothing(at);
    }
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target === undefined) return this.#fail(at, `there is no anchor &${node.source} before this alias`);
      return this.tree(target, at);
    }
    if (isSeq(node)) {
      const items = this.#once(node, at, [], () => node.items.map((item) => this.tree(item, at)));
      return { kind: 'list', at, items };
    }
    if (isMap(node)) {
      const entries = this.#once(node, at, new Map<string, Entry>(), () => this.#entries(node, at));
      return { kind: 'mapping', at, entries };
    }
    return isScalar(node) ? scalar(node.value, node.type, at) : nothing(at);
  }

  #entries(map: YAMLMap, at: Place): Map<string, Entry> {
    const own = new Map<string, Entry>();
    const merged = new Map<string, Entry>();
    for (const { key, value } of map.items) {
      const keyRange = (key as ParsedNode | null)?.range;
      const keyAt = keyRange ? this.#place(keyRange[0]) : at;
      const name = isScalar(key) ? key.value : key;
      if (name === '<<' || typeof name === 'symbol') this.#merge(merged, this.tree(value, keyAt), keyAt);
      else own.set(String(name), { keyAt, value: this.tree(value, keyAt) });
    }
    return new Map([...merged, ...own]);
  }

  #merge(into: Map<string, Entry>, from: Tree, at: Place): void {
    const sources = from.kind === 'list' ? from.items : [from];
    for (const source of sources) {
      if (source.kind !== 'mapping') {
        this.#fail(at, '<< takes an alias of a mapping, or a list of such', 'write <<: *name');
        continue;
      }
      for (const [key, entry] of source.entries) if (!into.has(key)) into.set(key, entry);
    }
  }

  #once<T>(node: Node, at: Place, otherwise: T, build: () => T): T {
    if (this.#open.has(node)) {
      this.#fail(at, 'the alias stands inside its own anchor', 'an alias can only repeat what is complete');
      return otherwise;
    }
    this.#open.add(node);
    const built = build();
    this.#open.delete(node);
    return built;
  }

  #fail(at: Place, message: string, hint?: string): Tree {
    this.problems.push(problemAt(at, '', message, { hint }));
    return nothing(at);
  }
}

const nothing = (at: Place): Scalar => ({ kind: 'scalar', value: null, quoted: false, at });

function scalar(value: unknown, type: string | undefined, at: Place): Scalar {
  const known = value === null || typeof value === 'boolean' || typeof value === 'number';
  const quoted = type !== undefined && type !== 'PLAIN';
  return { kind: 'scalar', value: known || typeof value === 'string' ? value : null, quoted, at };
}
