import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable, needsPerson } from './failure.js';
import type { Failure, State } from '../store/index.js';
import { backoffMs, type Backoff } from './retry.js';
import type { WorkerEvent } from './event.js';

export type TaskEnd = 'finished' | 'stopped';

/** When to try again, and when to leave it. */
export interface RestartPolicy {
  readonly backoff: Backoff;
  /** Failures in a row, without a record moved between them, after which a task stays failed. */
  readonly maxFailures: number;
  /** The same for failures that may pass by themselves (an unreachable system). */
  readonly maxRetryableFailures: number;
}

/** Where a task, or a whole connector, tells how it is. */
export interface Watched {
  /** The task's number; undefined for a connector. */
  readonly task?: number;
  /** How many records it has moved: tells progress between two failures. */
  readonly records: number;
  is(state: State): void;
  failed(error: unknown): Failure;
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
  let failures = 0;
  let recordsBefore = 0;
  for (;;) {
    if (stopped()) return end(monitor, 'stopped');
    monitor.is('starting');
    try {
      return end(monitor, await task.run());
    } catch (error) {
      if (stopped() && isAbort(error, stop)) return end(monitor, 'stopped');
      const failure = monitor.failed(error);
      failures = monitor.records > recordsBefore ? 1 : failures + 1;
      recordsBefore = monitor.records;
      const who = monitor.task === undefined ? {} : { task: monitor.task };
      emit({ type: 'task_failed', ...who, message: failure.message, error: failure });
      const limit = isRetryable(error) ? policy.maxRetryableFailures : policy.maxFailures;
      if (stopped() || needsPerson(error) || failures >= limit) return end(monitor, 'failed');
      const wait = backoffMs(policy.backoff, failures);
      monitor.is('restarting');
      emit({
        type: 'task_restarting',
        ...who,
        message: `trying again in ${(wait / 1000).toFixed(1)} s (failure ${failures}${Number.isFinite(limit) ? ` of ${limit}` : ''})`,
      });
      await delay(wait, undefined, { signal: stop }).catch(() => undefined);
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
