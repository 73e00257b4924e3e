import type { Cluster } from '../rocketmq/cluster.js';
import type { ConnectorContext, Log } from '../sdk/index.js';
import type { ConnectorStore } from '../store/index.js';
import type { ConnectorDefinition } from '../job/definition.js';
import type { WorkerEvent } from './event.js';
import type { ConnectorMonitor } from './monitor.js';
import type { FilledQueues } from './queue-ends.js';
import type { RetryOptions } from './retry.js';
import type { RestartPolicy } from './supervise.js';
import type { Topics } from './topics.js';

/** What a connector needs of the worker that runs it. */
export interface RunnerContext {
  readonly cluster: Cluster;
  readonly store: ConnectorStore;
  readonly once: boolean;
  readonly log: Log;
  readonly monitor: ConnectorMonitor;
  readonly topics: Topics;
  /** What the worker's sources have put into queues. */
  readonly filled: FilledQueues;
  readonly emit: (event: Omit<WorkerEvent, 'connector'>) => void;
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
    // A job that should end gives up on a system that stays away; one that runs on waits for it.
    giveUpAfterMs: retry.timeoutMs ?? (once ? patienceMs : Infinity),
  };
}

/** How long a sink's single record is tried again while the sink takes others. */
export function recordTimeoutMs({ errors: { retry } }: ConnectorDefinition): number {
  return retry.timeoutMs ?? patienceMs;
}

const patienceMs = 120_000;

export function restartPolicy(once: boolean): RestartPolicy {
  return {
    backoff: { firstMs: 500, maxMs: 30_000 },
    maxFailures: once ? 3 : 10,
    maxRetryableFailures: once ? 8 : Infinity,
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

/** `1 task`, `2 tasks` */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
