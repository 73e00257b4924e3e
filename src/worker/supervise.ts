import { setTimeout as delay } from 'node:timers/promises';
import { needsPerson } from './failure.js';
import type { FailureAt, State } from '../store/index.js';
import { Restarts, type RestartPolicy } from './restarts.js';
import type { WorkerEvent } from './event.js';

export type TaskEnd = 'finished' | 'stopped';

/** Where a task, or a whole connector, tells how it is. */
export interface Watched {
  /** The task's number; undefined for a connector. */
  readonly task?: number;
  /** How many records it has moved: tells progress between two failures. */
  readonly records: number;
  is(state: State): void;
  failed(error: unknown): FailureAt;
}

export interface Supervised {
  readonly monitor: Watched;
  readonly policy: RestartPolicy;
  /** Ends the waiting between two tries; running tries hear of it through `run`. */
  readonly stop: AbortSignal;
  readonly emit: (event: Omit<WorkerEvent, 'connector'>) => void;
  readonly run: () => Promise<TaskEnd | 'failed'>;
}

/** Runs a task, or a connector, until it has finished, is stopped, or has failed too often. */
export async function supervise(task: Supervised): Promise<TaskEnd | 'failed'> {
  const { monitor, policy, stop, emit } = task;
  const stopped = (): boolean => stop.aborted;
  const restarts = new Restarts(policy);
  for (;;) {
    if (stopped()) return end(monitor, 'stopped');
    monitor.is('starting');
    const startedAt = performance.now();
    const recordsBefore = monitor.records;
    try {
      return end(monitor, await task.run());
    } catch (error) {
      if (stopped() && isAbort(error, stop)) return end(monitor, 'stopped');
      const failure = monitor.failed(error);
      const who = monitor.task === undefined ? {} : { task: monitor.task };
      emit({ type: 'task_failed', ...who, message: failure.message, error: failure });
      if (stopped() || needsPerson(error)) return end(monitor, 'failed');
      const ranMs = monitor.records > recordsBefore ? performance.now() - startedAt : 0;
      const next = restarts.after(error, ranMs);
      if (next === null) return end(monitor, 'failed');
      monitor.is('restarting');
      emit({
        type: 'task_restarting',
        ...who,
        message: `trying again in ${(next.waitMs / 1000).toFixed(1)} s (${next.count})`,
      });
      await delay(next.waitMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }
}

function end<T extends TaskEnd | 'failed'>(monitor: Watched, state: T): T {
  monitor.is(state);
  return state;
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
