import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Problem } from './definition.js';
import { problemAt } from './problem.js';
import { parseSubstitutions, type Piece } from './substitution.js';
import { pathText, placeOf, type Entry, type Mapping, type Path, type Scalar, type Tree } from './tree.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where substitutions take their values from. */
interface Surroundings {
  readonly env: Environment;
  /** Files are relative to this folder. */
  readonly baseDir: string;
}

/**
 * Fills environment and files into the scalars, never into keys; what is filled in is not looked at again.
 * A plain scalar that is one substitution becomes a number or a boolean where it reads like one. What
 * cannot be filled in is reported and left as it is written.
 */
export async function fillIn(
  tree: Mapping,
  around: Surroundings,
): Promise<{ tree: Mapping; problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const report = (path: Path, { message, hint }: Missing): void => {
    problems.push(problemAt(placeOf(tree, path), pathText(path), message, { hint }));
  };
  return { tree: await fillMapping(tree, [], around, report), problems };
}

interface Missing {
  readonly message: string;
  readonly hint: string;
}
type Report = (path: Path, missing: Missing) => void;

async function fillMapping(tree: Mapping, at: Path, around: Surroundings, report: Report): Promise<Mapping> {
  const entries = new Map<string, Entry>();
  for (const [key, entry] of tree.entries) {
    entries.set(key, { ...entry, value: await fill(entry.value, [...at, key], around, report) });
  }
  return { ...tree, entries };
}

async function fill(tree: Tree, at: Path, around: Surroundings, report: Report): Promise<Tree> {
  if (tree.kind === 'mapping') return fillMapping(tree, at, around, report);
  if (tree.kind === 'scalar') return fillScalar(tree, at, around, report);
  const items: Tree[] = [];
  for (const item of tree.items) items.push(await fill(item, [...at, items.length], around, report));
  return { ...tree, items };
}

async function fillScalar(scalar: Scalar, at: Path, around: Surroundings, report: Report): Promise<Scalar> {
  const source = scalar.value;
  if (typeof source !== 'string' || !source.includes('$')) return scalar;
  const failed = (missing: Missing): Scalar => {
    report(at, missing);
    return { ...scalar, filled: { source, text: source, failed: true } };
  };
  const parsed = parseSubstitutions(source);
  if (!parsed.ok) return failed(parsed);
  let text = '';
  for (const piece of parsed.pieces) {
    const found = await look(piece, around);
    if (typeof found !== 'string') return failed(found);
    text += found;
  }
  const substituted = parsed.pieces.some((piece) => piece.kind !== 'text');
  if (!substituted) return { ...scalar, value: text };
  const whole = !scalar.quoted && parsed.pieces.length === 1;
  return { ...scalar, value: whole ? typed(text) : text, filled: { source, text, failed: false } };
}

async function look(piece: Piece, around: Surroundings): Promise<string | Missing> {
  if (piece.kind === 'text') return piece.text;
  if (piece.kind === 'file') return content(path.resolve(around.baseDir, piece.path), piece.path);
  const value = Object.hasOwn(around.env, piece.name) ? around.env[piece.name] : undefined;
  if (piece.fallback !== undefined) return value === undefined || value === '' ? piece.fallback : value;
  if (piece.demand !== undefined && (value === undefined || value === '')) {
    const said = piece.demand === '' ? '' : `: ${piece.demand}`;
    return {
      message: `${piece.name} is not set or empty${said}`,
      hint: `set ${piece.name} in the environment`,
    };
  }
  if (value !== undefined) return value;
  return {
    message: `the environment variable ${piece.name} is not set`,
    hint: `set it, or write \${${piece.name}:-default}`,
  };
}

async function content(file: string, shown: string): Promise<string | Missing> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const why = code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`;
    return { message: `the file ${shown} ${why}`, hint: 'its path starts at the folder of the job file' };
  }
}

/** Numbers as JSON writes them, so that 007 and +49 stay what they are. */
const numeral = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

function typed(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  if (!numeral.test(text)) return text;
  const number = Number(text);
  return Number.isSafeInteger(number) || (text.includes('.') && Number.isFinite(number)) ? number : text;
}
