import type { z } from 'zod';
import type { Problem } from './definition.js';
import { explain, unworded, type Checked } from './explain.js';
import { outlineOf, type Outline } from './outline.js';
import { problemAt } from './problem.js';
import { isSecret } from './secrets.js';
import { eachScalar, find, pathText, placeOf, plain, type Mapping, type Path, type Tree } from './tree.js';

interface Remark {
  readonly hint?: string | undefined;
  readonly severity?: Problem['severity'];
}

interface CheckOptions extends Pick<Checked, 'unknownKey'> {
  /** Keys that may be empty, which is the same as not there. */
  readonly mayBeEmpty?: readonly string[];
}

/** Shorter texts cannot be blotted out without harm to the words around. */
const leastBlotted = 4;

/** Checks the parts of one job's tree, and collects what is wrong with them. */
export class Review {
  readonly tree: Mapping;
  readonly #problems: Problem[] = [];
  /** What was checked: it is looked through for secrets only where there is something to tell. */
  readonly #checked: { readonly tree: Tree; readonly outline: Outline | null }[] = [];
  /** Where a problem was found: nothing below or around it can be used. */
  readonly #broken: Path[] = [];

  constructor(tree: Mapping) {
    this.tree = tree;
    eachScalar(tree, ({ filled }, path) => {
      if (filled?.failed === true) this.#broken.push(path);
    });
    this.#checked.push({ tree, outline: null });
  }

  /** Findings, with the values of secret fields blotted out. */
  get problems(): readonly Problem[] {
    if (this.#problems.length === 0) return [];
    const secrets = [...this.#secrets()].sort((a, b) => b.length - a.length);
    const blot = (text: string): string =>
      secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text);
    return this.#problems.map((problem) => ({
      ...problem,
      message: blot(problem.message),
      ...(problem.hint === undefined ? {} : { hint: blot(problem.hint) }),
    }));
  }

  report(path: Path, message: string, remark: Remark = {}): void {
    if (remark.severity !== 'warning') this.#broken.push(path);
    this.#problems.push(problemAt(placeOf(this.tree, path), pathText(path), message, remark));
  }

  /** Whether a problem was found at the path or below. */
  isBroken(path: Path): boolean {
    return this.#broken.some((broken) => path.every((segment, index) => broken[index] === segment));
  }

  /**
   * What the spec makes of what stands at the path (of an empty mapping where there is nothing); undefined,
   * and problems reported, where it refuses it.
   */
  async check<T>(spec: z.ZodType<T>, path: Path, options: CheckOptions = {}): Promise<T | undefined> {
    const outline = outlineOf(spec);
    const tree = withoutEmpty(find(this.tree, path), options.mayBeEmpty ?? []);
    if (tree !== undefined) this.#checked.push({ tree, outline });
    const parse = async (asText: ReadonlySet<string>): Promise<z.ZodSafeParseResult<T>> =>
      spec.safeParseAsync(tree === undefined ? {} : plain(tree, asText), { error: () => unworded });
    let result = await parse(new Set());
    if (!result.success && tree !== undefined) {
      const asText = filledIn(
        tree,
        result.error.issues.flatMap((issue) => wantText(issue, [])),
      );
      if (asText.size > 0) result = await parse(asText);
    }
    if (result.success) return result.data;
    const findings = result.error.issues.flatMap((issue) =>
      explain(issue, { base: path, tree, outline, unknownKey: options.unknownKey }),
    );
    for (const { path: inner, message, hint } of findings) {
      const at = [...path, ...inner];
      if (!this.#wasFilledInVain(at)) this.report(at, message, { hint });
    }
    return undefined;
  }

  #wasFilledInVain(path: Path): boolean {
    const node = find(this.tree, path);
    return node?.kind === 'scalar' && node.filled?.failed === true;
  }

  #secrets(): ReadonlySet<string> {
    const secrets = new Set<string>();
    for (const { tree, outline } of this.#checked) {
      eachScalar(tree, ({ value, filled }, path) => {
        const text = filled?.text ?? String(value);
        if (text.length < leastBlotted || filled?.failed === true) return;
        if (isSecret(path, outline)) secrets.add(text);
      });
    }
    return secrets;
  }
}

const isEmpty = (tree: Tree): boolean => tree.kind === 'scalar' && tree.value === null;

function withoutEmpty(tree: Tree | undefined, keys: readonly string[]): Tree | undefined {
  if (tree === undefined || isEmpty(tree)) return undefined;
  if (tree.kind !== 'mapping') return tree;
  const kept = [...tree.entries].filter(([key, { value }]) => !(keys.includes(key) && isEmpty(value)));
  return { ...tree, entries: new Map(kept) };
}

/** Places where the spec wants text and found something else. */
function wantText(issue: z.core.$ZodIssue, around: Path): Path[] {
  const path = [...around, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'invalid_type' && issue.expected === 'string') return [path];
  if (issue.code !== 'invalid_union') return [];
  return issue.errors.flatMap((branch) => branch.flatMap((inner) => wantText(inner, path)));
}

/** Those of the paths at which a value was filled in and made a number or boolean: it can be text again. */
function filledIn(tree: Tree, paths: readonly Path[]): ReadonlySet<string> {
  const found = paths.filter((path) => {
    const node = find(tree, path);
    return node?.kind === 'scalar' && node.filled !== undefined && typeof node.value !== 'string';
  });
  return new Set(found.map(pathText));
}
