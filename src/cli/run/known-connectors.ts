/** The connectors that a worker starts with: those of its job files, and those that were made while one ran. */
import { join } from 'node:path';
import { plugins } from '../../../connectors/index.js';
import type { Known } from '../../control/connectors.js';
import { surroundingCluster, type Surroundings } from '../../control/entries.js';
import { claimOf, conflictsWith } from '../../job/conflicts.js';
import type { ClusterDefinition, JobDefinition } from '../../job/definition.js';
import { jobFromOverrides } from '../../job/load.js';
import { rememberable, restoreConnector, sharedKeys } from '../../job/remember.js';
import { standIn } from '../../job/stand-in.js';
import { ConnectorError, isObject, type JsonObject } from '../../sdk/index.js';
import { CorruptFileError, type DataDir, type StoredDefinition } from '../../store/index.js';
import { environmentWith } from '../environment.js';
import { tell } from '../exit-code.js';
import { problemsError } from '../job-files.js';
import { envFilesOf } from '../restored.js';

/** What connectors that come from no file are made within: what the first job says of RocketMQ, or `--set`. */
export async function surroundingsOf(
  jobs: readonly JobDefinition[],
  set: readonly string[],
  envFiles: readonly string[],
): Promise<Surroundings & { readonly cluster: ClusterDefinition }> {
  const [first] = jobs;
  let whole: JsonObject;
  if (first !== undefined) whole = first.raw.value;
  else {
    const { raw, problems } = jobFromOverrides(set);
    const failure = problemsError(problems, '; nothing was started');
    if (failure !== null) throw failure;
    whole = raw;
  }
  const job = Object.fromEntries(Object.entries(whole).filter(([key]) => sharedKeys.includes(key)));
  const folder = first?.baseDir ?? process.cwd();
  const around = { plugins, env: () => environmentWith(envFiles), job, file: join(folder, 'api') };
  return { ...around, cluster: await surroundingCluster(around) };
}

/** The connectors of a job, as `Connectors` knows them. */
export function knownOf(job: JobDefinition): readonly Known[] {
  const raws = new Map(rememberable(job).map(({ connector, raw }) => [connector, raw]));
  return job.connectors.map((definition) => {
    const raw = raws.get(definition.name) ?? {};
    const { file, cluster } = job;
    return { definition, cluster, raw, entry: entryOf(raw, definition.name), origin: 'file', file };
  });
}

/**
 * Those that were made while a worker ran. One whose definition cannot be made any more is among them, unfit to run;
 * what is not even known to be one is told, and left where it is. `cluster`: where such a one is at home.
 */
export async function recall(
  dataDir: DataDir,
  cluster: ClusterDefinition,
  warn: (message: string) => void,
): Promise<readonly Known[]> {
  const found: Known[] = [];
  for (const name of await dataDir.connectors()) {
    try {
      const stored = await dataDir.connector(name).definition.read();
      if (stored?.origin !== 'api' || !isObject(stored.raw)) continue;
      found.push({ ...(await recalled(name, stored, stored.raw, cluster)), origin: 'api' });
    } catch (error) {
      if (!(error instanceof CorruptFileError)) throw error;
      warn(`${name} cannot be started: ${error.message}`);
    }
  }
  return found;
}

async function recalled(
  name: string,
  { kind, job, file }: StoredDefinition,
  raw: JsonObject,
  cluster: ClusterDefinition,
): Promise<Omit<Known, 'origin'>> {
  const entry = entryOf(raw, name);
  try {
    const restored = await restoreConnector(raw, await environmentWith(envFilesOf(raw)), plugins);
    return { definition: restored.connector, cluster: restored.cluster, raw, entry, file };
  } catch (error) {
    const { code, message, hint } = tell(error);
    if (code === 'internal') throw error;
    const definition = standIn({ name, kind, job, file, entry }, cluster);
    const unfit = unfitFor(message, { hint, cause: error });
    return { definition, cluster, raw, entry, file, unfit };
  }
}

/** It needs a person, whatever it was in the first place. */
const unfitFor = (why: string, options: { readonly hint?: string | undefined; readonly cause?: unknown }) => {
  const { hint, cause } = options;
  return new ConnectorError('config', `it cannot be started: ${why}`, {
    ...(hint !== undefined && { hint }),
    cause,
  });
};

/** Those that were made while a worker ran; what cannot run beside the others is unfit to. */
export async function besideOf(
  known: readonly Known[],
  recalled: readonly Known[],
): Promise<readonly Known[]> {
  const claims = await Promise.all(known.map(({ definition, cluster }) => claimOf(definition, cluster)));
  const beside: Known[] = [];
  for (const one of recalled) {
    if (one.unfit !== undefined) {
      beside.push(one);
      continue;
    }
    const claim = await claimOf(one.definition, one.cluster);
    const [conflict] = conflictsWith(claim, claims);
    if (conflict === undefined) {
      claims.push(claim);
      beside.push(one);
    } else beside.push({ ...one, unfit: unfitFor(conflict.message, { hint: conflict.hint }) });
  }
  return beside;
}

function entryOf({ value }: JsonObject, name: string): JsonObject {
  const entries = isObject(value) ? value.connectors : undefined;
  const entry = isObject(entries) ? entries[name] : undefined;
  return isObject(entry) ? entry : {};
}
