/** The shapes of Kafka Connect's REST interface, filled from what this worker knows. */
import type { TaskStatus } from '../../store/index.js';
import type { ApiFailure } from '../failure.js';
import type { Answer } from '../route.js';
import type { ApiContext } from '../context.js';
import { tasksOf } from '../tasks.js';

export const stateName = (state: string): string => state.toUpperCase();

export async function infoOf({ connectors }: ApiContext, name: string): Promise<object> {
  const { definition } = connectors.get(name);
  const config = await connectors.config(name);
  return {
    name,
    config,
    tasks: tasksOf(connectors.status(name)).map(({ task }) => ({ connector: name, task })),
    type: definition.kind,
  };
}

export function statusOf({ connectors, workerId }: ApiContext, name: string): object {
  const status = connectors.status(name);
  const { origin, file } = connectors.get(name);
  return {
    name,
    connector: { state: stateName(status.state), worker_id: workerId },
    tasks: tasksOf(status).map((task) => taskOf(task, workerId)),
    type: status.kind,
    wanted: status.wanted,
    origin,
    ...(origin === 'file' && { file }),
  };
}

export function taskOf({ task, state, error, detail }: TaskStatus, workerId: string): object {
  const trace = error ?? detail;
  return {
    id: task,
    state: stateName(state),
    worker_id: workerId,
    ...(trace !== null && { trace: `${trace.code}: ${trace.message}` }),
  };
}

/** `error` is that of `--json`; the rest is what Kafka Connect's tools look for. */
export function failed({ status, code, message, hint, details, headers }: ApiFailure): Answer {
  const error = { code, message, ...(hint !== undefined && { hint }), ...details };
  return { status, json: { error_code: status, message, error }, headers };
}

/** Tells of a change that will not last. */
export function noticed(context: ApiContext, name: string): Record<string, string> {
  const notice = context.connectors.notice(name);
  // A header holds no letters beyond Latin-1.
  return notice === null ? {} : { 'x-rmq-connect-notice': notice.replaceAll(/[^\x20-\x7e]/g, '?') };
}
