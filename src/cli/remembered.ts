import {
  CorruptFileError,
  unknownRates,
  type ConnectorStatus,
  type CopiedStatus,
  type DataDir,
  type JsonFile,
  type RouteStatus,
  type State,
  type StoredDefinition,
} from '../store/index.js';
import { CommandError, tell } from './exit-code.js';
import { incomplete, type Unanswered } from './survey.js';

/** A connector that ran with a data directory and was not forgotten. */
export interface Remembered {
  readonly name: string;
  readonly definition: StoredDefinition;
  /** What its worker last said; a worker that is gone has stopped everything. null: it never came to run. */
  readonly status: ConnectorStatus | null;
  /** Whether a worker runs it now. */
  readonly live: boolean;
}

/** What a data directory remembers. */
export interface Memory {
  readonly connectors: readonly Remembered[];
  /** Files that cannot be understood: such a connector is not listed, or without its status. */
  readonly unreadable: readonly Unanswered[];
  /** What else there is to say. */
  readonly notes: readonly string[];
}

/** All of them by name, or those named. Throws `CommandError` for a name that is not remembered. */
export async function rememberedConnectors(dataDir: DataDir, names: readonly string[] = []): Promise<Memory> {
  const known = await dataDir.connectors();
  for (const name of names) {
    if (!known.includes(name)) throw notRemembered(name, known, dataDir);
  }
  const worker = await dataDir.runningWorker();
  const wanted = names.length === 0 ? known : known.filter((name) => names.includes(name));
  const unreadable: Unanswered[] = [];
  const notes: string[] = [];
  const reading: Reading = async (connector, file, isExpendable = false) => {
    try {
      return await file.read();
    } catch (error) {
      if (!(error instanceof CorruptFileError)) throw error;
      if (error.isOfOtherVersion && isExpendable) {
        notes.push(`${connector}: ${error.path} is of another version of rmq-connect, and left aside`);
        return null;
      }
      unreadable.push({ connector, told: tell(error) });
      return null;
    }
  };
  const all = await Promise.all(
    wanted.map((name) => readConnector(dataDir, name, worker?.pid ?? null, reading)),
  );
  return { connectors: all.filter((connector) => connector !== null), unreadable, notes };
}

/** For a command about one connector. Throws what is wrong with its files, too. */
export async function rememberedConnector(dataDir: DataDir, name: string): Promise<Remembered> {
  const { connectors, unreadable } = await rememberedConnectors(dataDir, [name]);
  const failure = incomplete(unreadable, {});
  if (failure !== null) throw failure;
  const [connector] = connectors;
  if (connector === undefined) throw notRemembered(name, [], dataDir);
  return connector;
}

/** `more`: another way out, put behind the hint. */
export function notRemembered(
  name: string,
  known: readonly string[],
  dataDir: DataDir,
  more = '',
): CommandError {
  const hint =
    known.length === 0
      ? 'no connector ran here yet; is --data-dir right?'
      : `it remembers: ${known.join(', ')}`;
  return new CommandError('usage', 'unknown_connector', `${dataDir.root} remembers no connector ${name}`, {
    hint: `${hint}${more}`,
  });
}

/** Null where there is no file, or none to be understood. `isExpendable`: the next worker writes it anew. */
type Reading = <T>(connector: string, file: JsonFile<T>, isExpendable?: boolean) => Promise<T | null>;

/** A connector's folder without a definition is one that a run had only begun to make. */
async function readConnector(
  dataDir: DataDir,
  name: string,
  workerPid: number | null,
  read: Reading,
): Promise<Remembered | null> {
  const store = dataDir.connector(name);
  const definition = await read(name, store.definition);
  if (definition === null) return null;
  const status = await read(name, store.status, true);
  const live = status !== null && status.pid === workerPid;
  return { name, definition, status: status === null || live ? status : withoutWorker(status), live };
}

const ended: ReadonlySet<State> = new Set(['failed', 'finished', 'stopped']);

/** Whether nothing moves in that state, and nothing will by itself. */
export const hasEnded = (state: State): boolean => ended.has(state);

/** What is left of a status when the worker that wrote it is gone: nothing moves any more. */
export function withoutWorker(status: ConnectorStatus): ConnectorStatus {
  return {
    ...status,
    state: hasEnded(status.state) ? status.state : 'stopped',
    rate: unknownRates,
    route: status.route === null ? null : routeAtRest(status.route),
    group: null,
    tasks: status.tasks.map((task) =>
      hasEnded(task.state) ? task : { ...task, state: 'stopped', detail: null, since: null },
    ),
  };
}

function routeAtRest(route: RouteStatus): RouteStatus {
  const atRest = <Part extends CopiedStatus>(part: Part): Part => ({
    ...part,
    rate: unknownRates,
    latency_ms: null,
  });
  return {
    ...atRest(route),
    clock_skew: null,
    no_heartbeats: null,
    topics: route.topics.map(atRest),
    queues: route.queues.map(atRest),
  };
}
