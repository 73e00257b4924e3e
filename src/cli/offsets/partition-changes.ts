import type { JsonValue, Position } from '../../sdk/index.js';
import type { StoredPartition, StoredPositions } from '../../store/index.js';

/** What is done to one partition of a source. null: it has not been read. */
export interface PartitionChange {
  readonly partition: string;
  readonly old: Position | null;
  readonly new: Position | null;
  /** What a person should know of it. */
  readonly note: string | null;
}

export const standsAt = (stored: StoredPositions | null, partition: string): Position | null =>
  stored?.partitions[partition]?.position ?? null;

export const isChange = (change: PartitionChange): boolean => !same(change.old, change.new);

function same(a: JsonValue, b: JsonValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * The positions file after the changes. Each changed partition gets a new generation: what was sent before
 * stays in the queues, and must not be taken for what is read from the new position. `whole`: the source is
 * forgotten, with partitions that were never stored.
 */
export function changedPositions(
  stored: StoredPositions | null,
  connector: string,
  changes: readonly PartitionChange[],
  whole: boolean,
  now: Date,
): StoredPositions {
  const before = stored ?? emptyPositions(connector);
  const updated_at = now.toISOString();
  const generation = 1 + lastGeneration(before);
  const changed = changes.map(({ partition, new: position }): [string, StoredPartition] => {
    const queue = before.partitions[partition]?.queue ?? null;
    return [partition, { position, queue, updated_at, generation }];
  });
  const partitions = { ...before.partitions, ...Object.fromEntries(changed) };
  if (!whole) return { ...before, partitions, tails: withoutMarks(before, changes) };
  // Nothing that may be under way has a bearing on what is read from now on.
  return { ...before, partitions, generation, clean: true, writers: [], tails: [] };
}

/**
 * The last message of ours in a queue says where its partitions stand, should the queue have lost some; not of a
 * position that a person has set.
 */
function withoutMarks(
  { tails, partitions }: StoredPositions,
  changes: readonly PartitionChange[],
): StoredPositions['tails'] {
  const queues = changes.map(({ partition }) => partitions[partition]?.queue ?? null);
  return tails.map((tail) => {
    const isTheirs = queues.some(
      (queue) =>
        queue === null ||
        (queue.topic === tail.topic && queue.broker === tail.broker && queue.queue === tail.queue),
    );
    return isTheirs ? { ...tail, last: null } : tail;
  });
}

function emptyPositions(connector: string): StoredPositions {
  return { version: 1, connector, clean: true, writers: [], tails: [], partitions: {} };
}

function lastGeneration({ generation = 0, partitions }: StoredPositions): number {
  return Object.values(partitions).reduce((last, its) => Math.max(last, its.generation ?? 0), generation);
}
