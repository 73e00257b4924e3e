import type { Lag } from '../sdk/index.js';
import type { ConnectorStatus, Failure, TaskStatus } from '../store/index.js';
import type { TaskFlow } from '../worker/flow/task-flow.js';
import type { About, Observed, ObservedConnector } from './observed.js';

/** A task as it is shown: its status, and what goes through it. */
export interface TaskView extends TaskStatus {
  /** Bytes of message bodies it has moved. */
  readonly bytes: number;
  /** Records read and not yet dealt with. */
  readonly in_flight: number;
  readonly restarts: number;
  /** Seconds a batch took to be sent or written, over the last minute; null where there was none. */
  readonly batch_seconds: { readonly p50: number; readonly p99: number } | null;
}

/** A connector as it is shown. */
export interface ConnectorView extends Omit<ConnectorStatus, 'tasks'>, About {
  readonly tasks: readonly TaskView[];
  /** Failures of its tasks, tries in place included. */
  readonly errors: number;
  /** Why it, or one of its tasks, does not go on; null where all is well. */
  readonly error: Failure | null;
  readonly lag: Lag;
}

/** All that a person wants to see of a worker at one moment. */
export interface Overview {
  readonly version: string;
  /** ISO 8601. */
  readonly started_at: string;
  /** The clusters it is connected to, as the user gave them. */
  readonly clusters: readonly string[];
  readonly connectors: readonly ConnectorView[];
}

export function overviewOf({ version, startedAt, clients, connectors }: Observed): Overview {
  return {
    version,
    started_at: startedAt,
    clusters: clients.map(({ cluster }) => cluster),
    connectors: connectors.map(connectorView),
  };
}

function connectorView({ status, about, flows, lag }: ObservedConnector): ConnectorView {
  const failing = status.tasks.map(({ error, detail }) => error ?? detail).find((one) => one !== null);
  return {
    ...status,
    ...about,
    tasks: status.tasks.map((task) => taskView(task, flows.get(task.task))),
    errors: status.tasks.reduce((sum, { errors }) => sum + errors, 0),
    error: failing === undefined ? null : { code: failing.code, message: failing.message },
    lag,
  };
}

function taskView(status: TaskStatus, flow: TaskFlow | undefined): TaskView {
  const recent = flow?.batchSeconds.recent(performance.now()) ?? null;
  return {
    ...status,
    bytes: flow?.bytes ?? 0,
    in_flight: flow?.inFlight.records ?? 0,
    restarts: flow?.restarts ?? 0,
    batch_seconds: recent === null ? null : { p50: recent.p50, p99: recent.p99 },
  };
}
