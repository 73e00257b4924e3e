import type { JsonValue } from '../../src/sdk/index.js';

/**
 * The part of the records one task makes: of `tasks` tasks, task `index` makes number index + 1, then
 * every `tasks`-th one after it. Its partition is named after both, for with another number of tasks
 * the same name would mean other records.
 */
export interface Share {
  readonly index: number;
  readonly tasks: number;
}

export const partitionOf = (share: Share): string => `${share.index + 1}-of-${share.tasks}`;

export function shareOf(partition: string): Share | undefined {
  const [, number, tasks] = /^(\d+)-of-(\d+)$/.exec(partition) ?? [];
  return number === undefined ? undefined : { index: Number(number) - 1, tasks: Number(tasks) };
}

/** The number of the record after the one at `position`; a partition without one starts anew. */
export const nextAfter = (share: Share, position: JsonValue | undefined): number => {
  const last = numberAt(position);
  return last === undefined ? share.index + 1 : last + share.tasks;
};

/** How many of the share's records are made when the one at `position` was the last. */
export const madeOf = (share: Share, position: JsonValue): number =>
  Math.floor((nextAfter(share, position) - 1 - share.index) / share.tasks);

function numberAt(position: JsonValue | undefined): number | undefined {
  if (position === null || typeof position !== 'object' || !('n' in position)) return undefined;
  return typeof position.n === 'number' ? position.n : undefined;
}
