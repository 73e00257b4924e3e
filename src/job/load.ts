import path from 'node:path';
import type { JsonObject, PluginRegistry } from '../sdk/index.js';
import { compileJob, type Compiled } from './compile.js';
import { reportConflicts } from './conflicts.js';
import type { JobDefinition, Loaded, Problem } from './definition.js';
import { jobFiles, readText } from './files.js';
import { fillIn, type Environment } from './fill.js';
import { applyOverrides, parseOverride, type Override } from './override.js';
import { plain, toRaw, type Mapping } from './tree.js';
import { readYaml } from './yaml.js';

export interface LoadOptions {
  readonly plugins: PluginRegistry;
  readonly env: Environment;
  /** `path=value` each: stands in for a scalar of the files. */
  readonly set?: readonly string[];
}

/** A job file that is well-formed YAML, with the overrides applied and nothing filled in. */
interface Draft {
  readonly file: string;
  readonly tree: Mapping;
}

/**
 * Reads job files, and the *.yaml and *.yml of folders, into definitions. Finds every problem at once and
 * starts nothing. Rejects only for faults of plugins, and of ours.
 */
export async function loadJobs(paths: readonly string[], options: LoadOptions): Promise<Loaded> {
  const { files, problems: missing } = await jobFiles(paths);
  const problems: Problem[] = [...missing];
  const overrides = parseOverrides(options.set ?? [], problems);
  const drafts = await draft(files, overrides, problems);
  const compiled: Compiled[] = [];
  for (const { file, tree } of drafts) {
    const filled = await fillIn(tree, { env: options.env, baseDir: path.dirname(file) });
    problems.push(...filled.problems);
    compiled.push(await compileJob(filled.tree, file, options.plugins));
  }
  await reportConflicts(compiled);
  problems.push(...compiled.flatMap(({ review }) => review.problems));
  const rest = inOrder(problems, files);
  const jobs = compiled.flatMap((one, index) => finished(one, drafts[index]?.tree));
  const broken = new Set(rest.filter(({ severity }) => severity === 'error').map(({ file }) => file));
  const sound = broken.has('--set') ? [] : jobs.filter(({ file }) => !broken.has(file));
  return { jobs: sound, problems: rest };
}

/** What overrides make of a job that has no file: nothing filled in. */
export function jobFromOverrides(set: readonly string[]): {
  readonly raw: JsonObject;
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const overrides = parseOverrides(set, problems);
  const empty: Mapping = { kind: 'mapping', entries: new Map(), at: { file: '--set', line: 1, column: 1 } };
  const { trees, problems: more } = applyOverrides([empty], overrides);
  return { raw: plain(trees[0] ?? empty), problems: [...problems, ...more] };
}

function parseOverrides(set: readonly string[], problems: Problem[]): readonly Override[] {
  return set.flatMap((given) => {
    const parsed = parseOverride(given);
    if (!('severity' in parsed)) return [parsed];
    problems.push(parsed);
    return [];
  });
}

async function draft(
  files: readonly string[],
  overrides: readonly Override[],
  problems: Problem[],
): Promise<readonly Draft[]> {
  const read: Draft[] = [];
  for (const file of files) {
    const text = await readText(file);
    if (typeof text !== 'string') {
      problems.push(text);
      continue;
    }
    const parsed = readYaml(text, file);
    problems.push(...parsed.problems);
    if (parsed.tree !== null) read.push({ file, tree: parsed.tree });
  }
  const applied = applyOverrides(
    read.map(({ tree }) => tree),
    overrides,
  );
  problems.push(...applied.problems);
  return read.map(({ file, tree }, index) => ({ file, tree: applied.trees[index] ?? tree }));
}

/** The definition, where nothing keeps the job from running. */
function finished({ job, review, cluster, connectors }: Compiled, raw: Mapping | undefined): JobDefinition[] {
  if (review.isBroken([]) || cluster === undefined || raw === undefined) return [];
  return [{ ...job, cluster, connectors, raw: toRaw(raw) }];
}

/** Files in the order they were given, each from top to bottom; what was found twice, once. */
function inOrder(problems: readonly Problem[], files: readonly string[]): readonly Problem[] {
  const rank = new Map(files.map((file, index) => [file, index]));
  const unique = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...unique.values()].sort(
    (a, b) => (rank.get(a.file) ?? -1) - (rank.get(b.file) ?? -1) || a.line - b.line || a.column - b.column,
  );
}
