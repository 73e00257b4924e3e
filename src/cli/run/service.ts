import { join } from 'node:path';
import { plugins } from '../../../connectors/index.js';
import type { ApiContext } from '../../api/context.js';
import type { EventHub } from '../../api/event-hub.js';
import type { ToldError } from '../../api/failure-of.js';
import type { Connectors, Known } from '../../control/connectors.js';
import { surroundingCluster, type Surroundings } from '../../control/entries.js';
import { claimOf, conflictsWith } from '../../job/conflicts.js';
import type { ClusterDefinition, JobDefinition, Loaded } from '../../job/definition.js';
import { jobFromOverrides } from '../../job/load.js';
import { rememberable, restoreConnector, sharedKeys } from '../../job/remember.js';
import { standIn } from '../../job/stand-in.js';
import { ConnectorError, isObject, type JsonObject } from '../../sdk/index.js';
import { CorruptFileError, type DataDir, type StoredDefinition } from '../../store/index.js';
import type { Cluster } from '../../rocketmq/cluster.js';
import type { Worker } from '../../worker/worker.js';
import type { ClusterAccess } from '../cluster-access.js';
import { environmentWith } from '../environment.js';
import { CommandError, exitCodes, tell } from '../exit-code.js';
import { problemsError } from '../job-files.js';
import type { ChosenLevel } from '../log-level.js';
import { packageVersion } from '../package-root.js';
import { envFilesOf } from '../restored.js';
import type { LagWatch } from './lag-watch.js';
import type { ListenAt } from './listen-at.js';

/** A worker that is spoken to while it runs. */
export interface ServiceSettings {
  readonly api: ListenAt | null;
  /** Where it answers like Apache RocketMQ Connect. */
  readonly rocketmqApi: ListenAt | null;
  readonly token: string | null;
  /** `path=value` each. */
  readonly set: readonly string[];
  readonly level: ChosenLevel;
  /** How to follow the job files; null: they are read once. */
  readonly watch: { readonly paths: readonly string[]; readonly load: () => Promise<Loaded> } | null;
}

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

export interface Served {
  readonly dataDir: DataDir;
  /** The connections of the worker. */
  readonly access: ClusterAccess;
  readonly worker: Worker;
  readonly connectors: Connectors;
  readonly around: Surroundings;
  readonly events: EventHub;
  readonly lags: LagWatch;
  /** Where RocketMQ is. */
  readonly address: string;
  /** Those that are open now. */
  readonly clusters: () => readonly Cluster[];
  readonly say: (text: string) => void;
  readonly fault: (message: string) => void;
}

/** Listens, and writes down where, for the commands that look at the data directory. */
export async function openServers(
  { api, rocketmqApi, token, level }: ServiceSettings,
  served: Served,
): Promise<{ close(): Promise<void> }> {
  const servers: { close(): void | Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const server of servers) await server.close();
    if (api !== null) await served.dataDir.withdrawApi();
  };
  if (api === null && rocketmqApi === null) return { close };
  const [
    { startApiServer },
    { apiRoutes },
    { failureOf },
    { inquiriesOf },
    { failed },
    { pageFolders, watching },
  ] = await Promise.all([
    import('../../api/server.js'),
    import('../../api/routes.js'),
    import('../../api/failure-of.js'),
    import('./inquiries.js'),
    import('../../api/kafka/shapes.js'),
    import('./watching.js'),
  ]);
  const { dataDir, access, worker, connectors, around, events, lags, address, say, fault, clusters } = served;
  const watched = watching(
    { version: packageVersion(), startedAt: new Date(), worker, lagOf: (name) => lags.lagOf(name), clusters },
    around,
  );
  servers.push(watched);
  const common = {
    token,
    // Its port is known to be free before any connector runs, and nobody finds the worker without its connectors.
    ready: worker.started,
    failureOf: (error: unknown) => failureOf(error, toldError),
    onFault: (error: unknown): void => {
      fault(error instanceof Error ? (error.stack ?? error.message) : String(error));
    },
  };
  const contextAt = ({ host, port }: ListenAt): ApiContext => ({
    version: packageVersion(),
    workerId: `${host}:${String(port)}`,
    address,
    connectors,
    around,
    events,
    status: () => worker.status(),
    watch: watched.context,
    page: pageFolders(),
    inquiries: inquiriesOf(dataDir, access),
    logLevel: level,
  });
  try {
    if (api !== null) {
      const server = await startApiServer({ ...api, ...common, failed, routes: apiRoutes(contextAt(api)) });
      servers.push(server);
      await dataDir.announceApi(server.url, token);
      say(`the API listens on ${server.url}`);
    }
    if (rocketmqApi !== null) {
      const rocketmq = await import('../../api/rocketmq/routes.js');
      const routes = rocketmq.rocketmqRoutes(contextAt(rocketmqApi));
      const server = await startApiServer({ ...rocketmqApi, ...common, failed: rocketmq.failed, routes });
      servers.push(server);
      say(`the API of Apache RocketMQ Connect listens on ${server.url}`);
    }
    return { close };
  } catch (error) {
    await close();
    throw cannotListen(error);
  }
}

function cannotListen(error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'listen') return error;
  return new CommandError('failed', 'cannot_listen', `the API cannot listen: ${error.message}`, {
    hint: 'is the port taken? choose another one with --api HOST:PORT or --api-rocketmq HOST:PORT',
    cause: error,
  });
}

const conflicts: ReadonlySet<string> = new Set(['in_use', 'locked', 'changed', 'name_taken']);

/** The errors of the commands as answers. */
function toldError(error: unknown): ToldError {
  const { exitCode, code, message, hint, details } = tell(error);
  const status = statusFor(exitCode, code);
  return { status, code, message: code === 'internal' ? 'an error of the worker' : message, hint, details };
}

function statusFor(exitCode: number, code: string): number {
  if (exitCode === exitCodes.usage) return code.startsWith('unknown_') ? 404 : 400;
  if (exitCode === exitCodes.unreachable) return 503;
  if (conflicts.has(code)) return 409;
  if (code === 'topic_not_found') return 404;
  return code === 'unsupported' ? 501 : 500;
}
