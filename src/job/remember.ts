import path from 'node:path';
import { ConnectorError, isObject, type JsonObject, type PluginRegistry } from '../sdk/index.js';
import { compileJob, type Compiled } from './compile.js';
import type { ClusterDefinition, ConnectorDefinition, JobDefinition, Problem } from './definition.js';
import { fillIn, type Environment } from './fill.js';
import { fromRaw, type RawTree } from './tree.js';

/** A connector as it stands in its job file, for later: JSON, nothing filled in, overrides applied. */
export interface Remembered {
  readonly connector: string;
  readonly job: string;
  /** Absolute path of the job file. */
  readonly file: string;
  /** What `restoreConnector` takes. */
  readonly raw: JsonObject;
}

/** Keys of the job that hold for all its connectors. */
export const sharedKeys = ['rocketmq', 'create_topics', 'topic_queues', 'errors'];

/** Everything about the job's connectors that is needed to build each again without the job file. */
export function rememberable(definition: JobDefinition): readonly Remembered[] {
  const { value: whole, quoted } = definition.raw;
  const entries = isObject(whole.connectors) ? whole.connectors : {};
  return definition.connectors.map(({ name: connector }) => {
    const common = Object.entries(whole).filter(([key]) => sharedKeys.includes(key));
    const job = {
      name: definition.name,
      ...Object.fromEntries(common),
      connectors: { [connector]: entries[connector] ?? null },
    };
    const kept = quoted.filter(
      ([first, second]) =>
        sharedKeys.includes(String(first)) || (first === 'connectors' && second === connector),
    );
    const raw = { version: 1, file: definition.file, value: job, quoted: kept };
    return { connector, job: definition.name, file: definition.file, raw };
  });
}

/**
 * Builds a remembered connector with the environment as it is now. Throws `ConnectorError` `config` that
 * names what is missing or wrong.
 */
export async function restoreConnector(
  raw: JsonObject,
  env: Environment,
  plugins: PluginRegistry,
): Promise<{ connector: ConnectorDefinition; cluster: ClusterDefinition }> {
  if (!isRemembered(raw)) {
    throw new ConnectorError('config', 'what is remembered of the connector cannot be read', {
      hint: 'run its job file again',
    });
  }
  const { problems, cluster, connectors } = await compileRaw(raw, raw.file, env, plugins);
  const problem = problems.find(({ severity }) => severity === 'error');
  if (problem !== undefined) throw asError(problem);
  const [connector] = connectors;
  if (connector === undefined || cluster === undefined) {
    throw new ConnectorError('config', `nothing is remembered below connectors: of ${raw.file}`);
  }
  return { connector, cluster };
}

/** A job that is no file: filled in and checked, with all that is wrong. `file` stands for it. */
export async function compileRaw(
  raw: RawTree,
  file: string,
  env: Environment,
  plugins: PluginRegistry,
): Promise<Pick<Compiled, 'cluster' | 'connectors'> & { readonly problems: readonly Problem[] }> {
  const filled = await fillIn(fromRaw(raw, file), { env, baseDir: path.dirname(file) });
  const { review, cluster, connectors } = await compileJob(filled.tree, file, plugins);
  return { cluster, connectors, problems: [...filled.problems, ...review.problems] };
}

function asError(problem: Problem): ConnectorError {
  const message = `${problem.file}: ${problem.message} (${problem.path})`;
  return new ConnectorError('config', message, problem.hint === undefined ? {} : { hint: problem.hint });
}

function isRemembered(raw: JsonObject): raw is RawTree & { file: string } {
  return (
    raw.version === 1 && typeof raw.file === 'string' && isObject(raw.value) && Array.isArray(raw.quoted)
  );
}
