import type { Cluster } from '../rocketmq/cluster.js';
import type { ConnectorContext, Delivery, Log, SinkContext } from '../sdk/index.js';
import type { ConnectorStore } from '../store/index.js';
import type { ConnectorDefinition, SinkDefinition } from '../job/definition.js';
import type { WorkerEvent } from './event.js';
import type { Budget } from './budget.js';
import type { ConnectorMonitor } from './monitor.js';
import type { FilledQueues } from './queue-ends.js';
import type { RetryOptions } from './retry.js';
import type { RestartPolicy } from './restarts.js';
import type { TaskSet } from './task-set.js';
import type { Topics } from './topics.js';

/** What a connector needs of the worker that runs it. */
export interface RunnerContext {
  readonly cluster: Cluster;
  readonly store: ConnectorStore;
  readonly once: boolean;
  readonly log: Log;
  readonly monitor: ConnectorMonitor;
  readonly topics: Topics;
  /** What all tasks of the worker have in flight. */
  readonly inFlight: Budget;
  /** What the worker's sources have put into queues. */
  readonly filled: FilledQueues;
  readonly emit: (event: Omit<WorkerEvent, 'connector'>) => void;
  /** Told of its tasks, so that single ones can be started anew. */
  readonly has: (tasks: TaskSet) => void;
  /** Finish what is in hand, then end. */
  readonly stop: AbortSignal;
  /** End now. */
  readonly kill: AbortSignal;
}

/** For single sends, writes and commits: tried again in place, so that nothing else has to be done again. */
export function retryPolicy(
  { errors: { retry } }: ConnectorDefinition,
  once: boolean,
): Pick<RetryOptions, 'backoff' | 'giveUpAfterMs'> {
  return {
    backoff: { firstMs: retry.delayMs, maxMs: retry.maxDelayMs },
    giveUpAfterMs: retry.timeoutMs ?? giveUpAfterMs(once),
  };
}

/** A job that should end gives up on a system that stays away; one that runs on waits for it. */
export function giveUpAfterMs(once: boolean): number {
  return once ? patienceMs : Infinity;
}

/** How long a sink's single record is tried again while the sink takes others. */
export function recordTimeoutMs({ errors: { retry } }: ConnectorDefinition): number {
  return retry.timeoutMs ?? patienceMs;
}

const patienceMs = 120_000;

/** A job that should end does not wait for an hour to pass. */
const onceRestarts = 2;
const onceRetryableRestarts = 7;

export function restartPolicy({ maxRestarts }: ConnectorDefinition, once: boolean): RestartPolicy {
  return {
    backoff: { firstMs: 500, maxMs: 30_000 },
    maxRestarts: once ? Math.min(maxRestarts, onceRestarts) : maxRestarts,
    // What is away is waited for, however long that takes.
    maxRetryableRestarts: once ? onceRetryableRestarts : Infinity,
    windowMs: 3_600_000,
  };
}

export function connectorContext(definition: ConnectorDefinition, context: RunnerContext): ConnectorContext {
  return {
    connector: definition.name,
    baseDir: definition.baseDir,
    once: context.once,
    log: context.log,
  };
}

export function sinkContext(
  definition: SinkDefinition,
  context: RunnerContext,
  delivery: Delivery,
  undisturbed: boolean,
): SinkContext {
  const { group } = definition;
  const { state } = context.store;
  return { ...connectorContext(definition, context), group, delivery, state, undisturbed };
}

/** `1 task`, `2 tasks` */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
