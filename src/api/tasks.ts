import type { ConnectorStatus, TaskStatus } from '../store/index.js';
import type { ApiContext } from './context.js';
import { ApiFailure } from './failure.js';

/** A connector that is stopped has no tasks. */
export const tasksOf = ({ wanted, tasks }: ConnectorStatus): readonly TaskStatus[] =>
  wanted === 'stopped' ? [] : tasks;

/** The number of a task as a path has it. Throws `ApiFailure`. */
export function taskNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new ApiFailure(404, 'unknown_task', `${text} is no number of a task`);
}

/** The task that a path names. Throws `ApiFailure`, and what there is to say of the connector. */
export function findTask({ connectors }: ApiContext, name: string, text: string): TaskStatus {
  const number = taskNumber(text);
  const found = tasksOf(connectors.status(name)).find(({ task }) => task === number);
  if (found === undefined) throw new ApiFailure(404, 'unknown_task', `${name} has no task ${text}`);
  return found;
}
