import type { ConnectorStatus, DataDir, State, StoredDefinition } from '../store/index.js';
import { CommandError } from './exit-code.js';

/** A connector that ran with a data directory and was not forgotten. */
export interface Remembered {
  readonly name: string;
  readonly definition: StoredDefinition;
  /** What its worker last said; a worker that is gone has stopped everything. null: it never came to run. */
  readonly status: ConnectorStatus | null;
  /** Whether a worker runs it now. */
  readonly live: boolean;
}

/** All of them by name, or those named. Throws `CommandError` for a name that is not remembered. */
export async function rememberedConnectors(
  dataDir: DataDir,
  names: readonly string[] = [],
): Promise<readonly Remembered[]> {
  const known = await dataDir.connectors();
  for (const name of names) {
    if (!known.includes(name)) throw notRemembered(name, known, dataDir);
  }
  const worker = await dataDir.runningWorker();
  const wanted = names.length === 0 ? known : known.filter((name) => names.includes(name));
  const all = await Promise.all(wanted.map((name) => readConnector(dataDir, name, worker?.pid ?? null)));
  return all.filter((connector) => connector !== null);
}

export function notRemembered(name: string, known: readonly string[], dataDir: DataDir): CommandError {
  return new CommandError('usage', 'unknown_connector', `${dataDir.root} remembers no connector ${name}`, {
    hint:
      known.length === 0
        ? 'no connector ran here yet; is --data-dir right?'
        : `it remembers: ${known.join(', ')}`,
  });
}

/** A connector's folder without a definition is one that a run had only begun to make. */
async function readConnector(
  dataDir: DataDir,
  name: string,
  workerPid: number | null,
): Promise<Remembered | null> {
  const store = dataDir.connector(name);
  const definition = await store.definition.read();
  if (definition === null) return null;
  const status = await store.status.read();
  const live = status !== null && status.pid === workerPid;
  return { name, definition, status: status === null || live ? status : withoutWorker(status), live };
}

const ended: ReadonlySet<State> = new Set(['failed', 'finished', 'stopped']);

/** What is left of a status when the worker that wrote it is gone: nothing moves any more. */
export function withoutWorker(status: ConnectorStatus): ConnectorStatus {
  return {
    ...status,
    state: ended.has(status.state) ? status.state : 'stopped',
    rate: null,
    group: null,
    tasks: status.tasks.map((task) =>
      ended.has(task.state) ? task : { ...task, state: 'stopped', detail: null, since: status.updated_at },
    ),
  };
}
