import type { z } from 'zod';
import { didYouMean, nearest } from './nearest.js';
import type { Outline } from './outline.js';
import { find, type Path, type Tree } from './tree.js';

/** A finding about a place below the one that was checked. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What explaining needs to know of what was checked. */
export interface Checked {
  /** Where the checked part is in the job. */
  readonly base: Path;
  readonly tree: Tree | undefined;
  readonly outline: Outline;
  /** Says more about an unknown key, where there is more to say. */
  readonly unknownKey?: ((key: string) => Omit<Finding, 'path'> | undefined) | undefined;
}

type Issue = z.core.$ZodIssue;
type Raw<Code extends Issue['code']> = Extract<Issue, { code: Code }>;

/** Stands in for the messages of zod, so that those a spec gives itself can be told from them. */
export const unworded = '\u0000';

/** One issue as findings in plain words. No word holds a value of the file. */
export function explain(issue: Issue, checked: Checked, around: Path = []): readonly Finding[] {
  const path: Path = [
    ...around,
    ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)),
  ];
  const name = subject(path, checked);
  if (issue.message !== unworded) return [custom(path, issue, name)];
  const say = (message: string, hint?: string): readonly Finding[] => [{ path, message, hint }];
  const node = checked.tree === undefined ? undefined : find(checked.tree, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, checked));
    case 'invalid_union':
      return node === undefined ? missing(path, checked) : union(issue, path, checked, node);
    case 'invalid_type':
      return node === undefined ? missing(path, checked) : wrongType(issue.expected, path, node, name);
    case 'invalid_value':
      return node === undefined ? missing(path, checked) : notOneOf(issue.values, path, node, name);
    case 'too_small':
    case 'too_big':
      return say(`${name} ${limit(issue)}`);
    case 'invalid_key':
      return invalidKey(issue, path, checked);
    case 'not_multiple_of':
      return say(`${name} must be a multiple of ${String(issue.divisor)}`);
    case 'invalid_format':
      return say(
        issue.format === 'regex'
          ? `${name} must match ${issue.pattern ?? ''}`
          : `${name} must be a valid ${issue.format}`,
      );
    default:
      return say(`${name} is not valid`);
  }
}

/** What a sentence about the place begins with. */
function subject(inner: Path, { base }: Checked): string {
  const path = [...base, ...inner];
  const last = path.at(-1);
  return typeof last === 'number' ? path.slice(-2).join('.') : (last ?? 'the job');
}

/** A spec's own words are a sentence about the field or follow its name. */
function custom(path: Path, issue: Issue, name: string): Finding {
  const verb = /^(must|is|are|has|have|may|can|cannot|does|needs|names|gets|belongs)\b/.test(issue.message);
  const hint: unknown = issue.code === 'custom' ? issue.params?.hint : undefined;
  const message = `${name}${verb ? '' : ':'} ${issue.message}`;
  return { path, message, hint: typeof hint === 'string' ? hint : undefined };
}

function unknownKey(key: string, path: Path, { outline, unknownKey: more }: Checked): Finding {
  const said = path.length === 0 ? more?.(key) : undefined;
  // A key of another alternative is known, but not here.
  const known = outline.keys(path).filter((name) => name !== key);
  return { path: [...path, key], message: `unknown key ${key}`, hint: didYouMean(key, known), ...said };
}

function invalidKey(issue: Raw<'invalid_key'>, path: Path, checked: Checked): readonly Finding[] {
  const own = issue.issues.filter((inner) => inner.message !== unworded);
  if (own.length > 0) return own.map((inner) => custom(path, inner, subject(path, checked)));
  return [{ path, message: `${subject(path, checked)} cannot be a name here` }];
}

function missing(path: Path, checked: Checked): readonly Finding[] {
  const what = checked.outline.description(path);
  const name = subject(path, checked);
  const about = what === undefined ? '' : ` (${what.slice(0, 1).toLowerCase()}${what.slice(1)})`;
  return [{ path, message: `${name} is missing`, hint: `add ${name}${about}` }];
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'null',
};

function kindOf(node: Tree): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a mapping';
  if (node.value === null) return 'empty';
  if (typeof node.value === 'string') return 'text';
  return typeof node.value === 'boolean' ? 'true or false' : 'a number';
}

function wrongType(expected: string, path: Path, node: Tree, name: string): readonly Finding[] {
  const wanted = words[expected] ?? expected;
  const kind = kindOf(node);
  if (kind === 'a number' && expected === 'int') return [{ path, message: `${name} must be a whole number` }];
  const message =
    kind === 'empty' ? `${name} is empty, and must be ${wanted}` : `${name} must be ${wanted}, not ${kind}`;
  return [{ path, message, hint: typeHint(expected, node) }];
}

function typeHint(expected: string, node: Tree): string | undefined {
  if (node.kind === 'scalar') {
    if (node.quoted && expected !== 'string' && node.filled !== undefined) return 'write it without quotes';
    if (expected === 'string' && node.value !== null) return 'put it in quotes';
    if (expected === 'boolean' && typeof node.value === 'string' && node.filled === undefined) {
      const said = node.value.toLowerCase();
      if (['yes', 'on', 'y'].includes(said)) return 'write true';
      if (['no', 'off', 'n'].includes(said)) return 'write false';
    }
    if (expected === 'array' && node.value !== null) return 'write [ ] around it';
  }
  return undefined;
}

function notOneOf(values: readonly unknown[], path: Path, node: Tree, name: string): readonly Finding[] {
  const known = values.map(String);
  const given = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
  const near = given === undefined ? undefined : nearest(given, known);
  const choice = known.length === 1 ? (known[0] ?? '') : `one of ${known.join(', ')}`;
  return [
    {
      path,
      message: `${name} must be ${choice}`,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    },
  ];
}

function limit(issue: Raw<'too_small'> | Raw<'too_big'>): string {
  const small = issue.code === 'too_small';
  const bound = String(small ? issue.minimum : issue.maximum);
  if (small && bound === '1' && issue.origin !== 'number' && issue.origin !== 'int')
    return 'must not be empty';
  const amount = small ? `at least ${bound}` : `at most ${bound}`;
  if (issue.origin === 'string') return `must have ${amount} characters`;
  if (issue.origin === 'array' || issue.origin === 'set' || issue.origin === 'map')
    return `must have ${amount} entries`;
  if (issue.inclusive === false) return `must be ${small ? 'more' : 'less'} than ${bound}`;
  return `must be ${amount}`;
}

/** The findings of the alternative that was meant; where none can be told, what there is to choose from. */
function union(issue: Raw<'invalid_union'>, path: Path, checked: Checked, node: Tree): readonly Finding[] {
  if ('options' in issue && Array.isArray(issue.options))
    return notOneOf(issue.options, path, node, subject(path, checked));
  const meant = issue.errors
    .filter((branch) => !branch.some(isOtherKind))
    .map((branch) => branch.flatMap((inner) => explain(inner, checked, path)))
    .sort((a, b) => a.length - b.length)[0];
  if (meant !== undefined) return meant;
  const choices = issue.errors.flatMap((branch) => branch.flatMap(choicesOf));
  const hint = issue.errors
    .flat()
    .some((inner) => inner.code === 'invalid_type' && inner.expected === 'string')
    ? typeHint('string', node)
    : undefined;
  return [{ path, message: `${subject(path, checked)} must be ${[...new Set(choices)].join(' or ')}`, hint }];
}

const isOtherKind = (issue: Issue): boolean =>
  issue.path.length === 0 &&
  (issue.code === 'invalid_type' || issue.code === 'invalid_value' || isOtherUnion(issue));
const isOtherUnion = (issue: Issue): boolean =>
  issue.code === 'invalid_union' && issue.errors.every((branch) => branch.some(isOtherKind));

function choicesOf(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_type') return [words[issue.expected] ?? issue.expected];
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' ? issue.errors.flatMap((branch) => branch.flatMap(choicesOf)) : [];
}
