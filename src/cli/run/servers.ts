/** What listens while a worker runs. */
import type { ApiContext } from '../../api/context.js';
import type { EventHub } from '../../api/event-hub.js';
import type { ToldError } from '../../api/failure-of.js';
import type { Connectors } from '../../control/connectors.js';
import type { Surroundings } from '../../control/entries.js';
import type { Loaded } from '../../job/definition.js';
import type { Lag } from '../../sdk/index.js';
import type { DataDir } from '../../store/index.js';
import type { Cluster } from '../../rocketmq/cluster.js';
import type { Worker } from '../../worker/worker.js';
import type { ClusterAccess } from '../cluster-access.js';
import { CommandError, exitCodes, tell } from '../exit-code.js';
import type { ChosenLevel } from '../log-level.js';
import { packageVersion } from '../package-root.js';
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
  settings: ServiceSettings,
  served: Served,
): Promise<{ close(): Promise<void> }> {
  const { api, rocketmqApi, token } = settings;
  const { dataDir, worker, say, fault } = served;
  const servers: { close(): void | Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const server of servers) await server.close();
    if (api !== null) await dataDir.withdrawApi();
  };
  if (api === null && rocketmqApi === null) return { close };
  const [{ startApiServer }, { apiRoutes }, { failureOf }, { failed }] = await Promise.all([
    import('../../api/server.js'),
    import('../../api/routes.js'),
    import('../../api/failure-of.js'),
    import('../../api/kafka/shapes.js'),
  ]);
  const { contextAt, close: lookAway } = await contextsOf(settings, served);
  servers.push({ close: lookAway });
  const common = {
    token,
    // Its port is known to be free before any connector runs, and nobody finds the worker without its connectors.
    ready: worker.started,
    failureOf: (error: unknown) => failureOf(error, toldError),
    onFault: (error: unknown): void => {
      fault(error instanceof Error ? (error.stack ?? error.message) : String(error));
    },
  };
  try {
    if (api !== null) {
      const server = await startApiServer({ ...api, ...common, failed, routes: apiRoutes(contextAt(api)) });
      servers.push(server);
      await dataDir.announceApi(server.url, token);
      say(`the API listens on ${server.url}`);
    }
    if (rocketmqApi !== null) {
      const [{ rocketmqRoutes }, { failed: refused }] = await Promise.all([
        import('../../api/rocketmq/routes.js'),
        import('../../api/rocketmq/answers.js'),
      ]);
      const routes = rocketmqRoutes(contextAt(rocketmqApi));
      const server = await startApiServer({ ...rocketmqApi, ...common, failed: refused, routes });
      servers.push(server);
      say(`the API of Apache RocketMQ Connect listens on ${server.url}`);
    }
    return { close };
  } catch (error) {
    await close();
    throw cannotListen(error);
  }
}

/** What the routes of a server need; it looks at the worker until it is closed. */
async function contextsOf(
  { level }: ServiceSettings,
  { dataDir, access, worker, connectors, around, events, lags, address, clusters }: Served,
): Promise<{ readonly contextAt: (at: ListenAt) => ApiContext; readonly close: () => void }> {
  const [{ inquiriesOf }, { pageFolders, watching }] = await Promise.all([
    import('./inquiries.js'),
    import('./watching.js'),
  ]);
  const version = packageVersion();
  const lagOf = (name: string): Lag => lags.lagOf(name);
  const watched = watching({ version, startedAt: new Date(), worker, lagOf, clusters }, around);
  return {
    contextAt: ({ host, port }) => ({
      version,
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
    }),
    close: () => {
      watched.close();
    },
  };
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
