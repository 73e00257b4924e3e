import type { ClusterDefinition, ConnectorDefinition, Problem } from '../job/definition.js';
import type { Environment } from '../job/fill.js';
import { nameComplaint } from '../job/names.js';
import { outlineOf, type Outline } from '../job/outline.js';
import { compileRaw, sharedKeys } from '../job/remember.js';
import { mask, masks } from '../job/secrets.js';
import { isObject, type JsonObject, type JsonValue, type PluginRegistry } from '../sdk/index.js';
import { ControlError, type EntryProblem } from './failure.js';

/** What entries that come from no file are filled in from, and what stands around them. */
export interface Surroundings {
  readonly plugins: PluginRegistry;
  readonly env: () => Promise<Environment>;
  /** What a job file would have beside `connectors:`, as written; its name is `api` where it has none. */
  readonly job: JsonObject;
  /** Stands for the job file; its folder is where relative paths start. */
  readonly file: string;
}

/** The name of the job of all connectors that come from no file. */
const apiJob = 'api';

/** An entry that holds. */
export interface CompiledEntry {
  readonly definition: ConnectorDefinition;
  readonly cluster: ClusterDefinition;
  /** What `restoreConnector` takes. */
  readonly raw: JsonObject;
}

/** The entry as one below `connectors:` of a job. Throws `ControlError` with all that is wrong with it. */
export async function compileEntry(
  name: string,
  entry: JsonObject,
  around: Surroundings,
): Promise<CompiledEntry> {
  const { raw, problems, definition, cluster } = await reviewEntry(name, entry, around);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0 || definition === undefined || cluster === undefined)
    throw doesNotHold(name, problems);
  return { definition, cluster, raw };
}

export function doesNotHold(name: string, problems: readonly EntryProblem[]): ControlError {
  const first = problems.find(({ severity }) => severity === 'error');
  const more = problems.length > 1 ? ` (and ${String(problems.length - 1)} more)` : '';
  return new ControlError(
    'definition',
    `${name}: ${first?.message ?? 'its definition does not hold'}${more}`,
    {
      problems,
    },
  );
}

interface Reviewed {
  readonly raw: JsonObject;
  readonly problems: readonly EntryProblem[];
  readonly definition?: ConnectorDefinition | undefined;
  readonly cluster?: ClusterDefinition | undefined;
}

/** All that is wrong with an entry, and what was made of it where that is nothing. */
export async function reviewEntry(
  name: string,
  entry: JsonObject,
  { plugins, env, job, file }: Surroundings,
): Promise<Reviewed> {
  const around = Object.fromEntries(Object.entries(job).filter(([key]) => sharedKeys.includes(key)));
  const raw = {
    version: 1,
    file,
    value: { name: job.name ?? apiJob, ...around, connectors: { [name]: entry } },
    quoted: [],
  };
  const complaint = nameComplaint(name);
  if (complaint !== null) {
    const { message, hint } = complaint;
    const problem = {
      severity: 'error',
      path: '',
      message: `the name ${message}`,
      hint: hint ?? null,
    } as const;
    return { raw, problems: [problem] };
  }
  const { problems, cluster, connectors } = await compileRaw(raw, file, await env(), plugins);
  const found = [...problems.map((problem) => below(name, problem)), ...maskProblems(entry)];
  return { raw, problems: found, definition: connectors[0], cluster };
}

function below(name: string, { severity, path, message, hint }: Problem): EntryProblem {
  const prefix = `connectors.${name}`;
  const inner = path === prefix ? '' : path.startsWith(`${prefix}.`) ? path.slice(prefix.length + 1) : path;
  return { severity, path: inner, message, hint: hint ?? null };
}

/** What was told without its secrets cannot be taken for the whole; nor can an address that was changed since. */
const maskProblems = (entry: JsonObject): readonly EntryProblem[] =>
  masks(entry).map((path) => ({
    severity: 'error',
    path: path.join('.'),
    message: `${path.join('.')} has ${mask}, which stands for a secret that was not told`,
    hint: 'give the secret itself (an address as a whole), or ${NAME} of an environment variable',
  }));

/** Where RocketMQ is for entries that come from no file. Throws `ControlError` with all that is wrong. */
export async function surroundingCluster({
  plugins,
  env,
  job,
  file,
}: Surroundings): Promise<ClusterDefinition> {
  const raw = { value: { ...job, connectors: {} }, quoted: [] };
  const { problems, cluster } = await compileRaw(raw, file, await env(), plugins);
  // That there is no connector yet is how it is meant.
  const errors = problems.filter(({ severity, path }) => severity === 'error' && path !== 'connectors');
  if (errors.length === 0 && cluster !== undefined) return cluster;
  throw doesNotHold(
    '--set',
    errors.map(({ hint, ...problem }) => ({ ...problem, hint: hint ?? null })),
  );
}

/** What its spec knows of an entry's `config:`; null where it names no plugin. */
export async function configOutline(entry: JsonObject, plugins: PluginRegistry): Promise<Outline | null> {
  for (const kind of ['source', 'sink'] as const) {
    const name = entry[kind];
    const load = typeof name === 'string' && Object.hasOwn(plugins, name) ? plugins[name] : undefined;
    const side = (await load?.())?.[kind];
    if (side !== undefined) return outlineOf(side.spec);
  }
  return null;
}

/** A merge patch (RFC 7396): null takes a key away. */
export function patched(entry: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map<string, JsonValue>(Object.entries(entry));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else if (isObject(value)) {
      const before = merged.get(key);
      merged.set(key, patched(isObject(before) ? before : {}, value));
    } else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}
