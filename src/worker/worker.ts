import type { ConnectorDefinition, MirrorDefinition } from '../job/definition.js';
import type { Cluster } from '../rocketmq/cluster.js';
import type { Log } from '../sdk/index.js';
import type { ConnectorStatus, DataDir, Failure } from '../store/index.js';
import { supervise, type TaskEnd } from './supervise.js';
import type { WorkerEvent } from './event.js';
import { ConnectorMonitor } from './monitor.js';
import { withOutputs } from './outputs.js';
import { FilledQueues } from './queue-ends.js';
import { count, restartPolicy, type RunnerContext } from './runner.js';
import { runSink } from './sink-runner.js';
import { runSource } from './source-runner.js';
import { Topics } from './topics.js';
import { StatusWriter } from './status-writer.js';

export type { WorkerEvent } from './event.js';

export interface WorkerOptions {
  readonly connectors: readonly { readonly definition: ConnectorDefinition; readonly cluster: Cluster }[];
  /** Locked by the caller; definitions are already remembered in it. */
  readonly dataDir: DataDir;
  /**
   * Sources stop at the end they saw at start; sinks at the queue ends taken after their job's sources, and
   * those of other jobs that fill their topics, have ended.
   */
  readonly once: boolean;
  readonly log: Log;
  /** Runs a mirror; its cluster is the one it copies to. */
  readonly mirror: MirrorRunner;
  readonly onEvent: (event: WorkerEvent) => void;
}

/**
 * Runs it until it is stopped, or, when `sourcesEnded` is given, until it has copied what is in its queues once
 * that resolves.
 */
export type MirrorRunner = (
  definition: MirrorDefinition,
  context: RunnerContext,
  sourcesEnded: Promise<void> | null,
) => Promise<TaskEnd | 'failed'>;

/** How a run ended. */
export interface WorkerResult {
  readonly connectors: readonly ConnectorStatus[];
  /** Failures that ended a connector, or that a task had when it was stopped. Empty: all went well. */
  readonly failures: readonly { readonly connector: string; readonly failure: Failure }[];
}

/** How seldom it is looked whether connectors move, at the most. */
const mostLookMs = 1_000;

interface Running {
  readonly definition: ConnectorDefinition;
  readonly monitor: ConnectorMonitor;
  readonly ended: Promise<TaskEnd | 'failed'>;
}

/** Runs connectors: starts their tasks, keeps their positions and states, restarts what fails. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();
  readonly #shared = new Map<Cluster, { readonly filled: FilledQueues; readonly topics: Topics }>();
  readonly #running: Running[] = [];
  readonly #writer: StatusWriter;
  /** Resolves when nothing is left to run: all finished, failed for good, or stopped. */
  readonly done: Promise<WorkerResult>;
  readonly #start: () => void;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#writer = new StatusWriter(options.dataDir, () => this.status());
    let start = (): void => undefined;
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    this.#start = start;
    this.done = started.then(() => this.#finish());
  }

  /** Starts all connectors. What cannot start is tried again like a task that failed. */
  start(): void {
    const { connectors, once } = this.#options;
    const sourcesFirst = [...connectors].sort((a, b) => order(a.definition) - order(b.definition));
    for (const { definition, cluster } of sourcesFirst) {
      const sourcesEnded = once && definition.kind !== 'source' ? this.#feedersOf(definition) : null;
      this.#running.push(this.#run(definition, cluster, sourcesEnded));
    }
    this.#writer.start();
    this.#start();
  }

  /**
   * Stops reading, finishes what is in flight, commits. What is not finished when `deadline` aborts is
   * dropped: it comes again at the next start.
   */
  async stop(deadline?: AbortSignal): Promise<WorkerResult> {
    deadline?.addEventListener('abort', () => {
      this.#kill.abort(new Error('the time to shut down is over'));
    });
    this.#stop.abort(new Error('the worker is stopping'));
    return this.done;
  }

  /** Of each connector that was started. */
  get monitors(): readonly ConnectorMonitor[] {
    return this.#running.map(({ monitor }) => monitor);
  }

  status(): readonly ConnectorStatus[] {
    return this.#running.map(({ monitor }) => monitor.status());
  }

  async #finish(): Promise<WorkerResult> {
    await Promise.all(this.#running.map(({ ended }) => ended));
    await this.#writer.close();
    return {
      connectors: this.status(),
      failures: this.#running.flatMap(({ monitor }) =>
        monitor.failures().map((failure) => ({ connector: monitor.name, failure })),
      ),
    };
  }

  /**
   * Resolves when what is started before and is of the same job, or fills one of its topics, has ended, however
   * it did: sources for a mirror, sources and mirrors for a sink.
   */
  async #feedersOf({
    job,
    topics,
    kind,
  }: ConnectorDefinition & { topics: readonly string[] }): Promise<void> {
    const feeders = this.#running.filter(
      ({ definition }) =>
        definition.kind !== kind &&
        (definition.job === job || (definition.kind === 'source' && topics.includes(definition.topic))),
    );
    await Promise.all(feeders.map(({ ended }) => ended));
  }

  /** What the connectors of one cluster share. Brokers of different clusters may have the same names. */
  #sharedOf(cluster: Cluster): { readonly filled: FilledQueues; readonly topics: Topics } {
    const known = this.#shared.get(cluster);
    if (known !== undefined) return known;
    const topics = new Topics(cluster, (connector, topic, queues) => {
      const message = `created topic ${topic} with ${count(queues, 'queue')}`;
      this.#options.onEvent({ type: 'topic_created', connector, message });
    });
    const shared = { filled: new FilledQueues(), topics };
    this.#shared.set(cluster, shared);
    return shared;
  }

  #run(definition: ConnectorDefinition, cluster: Cluster, sourcesEnded: Promise<void> | null): Running {
    const { dataDir, once, log, onEvent } = this.#options;
    const monitor = new ConnectorMonitor(definition, (type, task, message) => {
      onEvent({ type, connector: definition.name, task, message });
    });
    const emit = (event: Omit<WorkerEvent, 'connector'>): void => {
      onEvent({ ...event, connector: definition.name });
    };
    const context: RunnerContext = {
      cluster,
      store: dataDir.connector(definition.name),
      once,
      log,
      monitor,
      ...this.#sharedOf(cluster),
      emit,
      stop: this.#stop.signal,
      kill: this.#kill.signal,
    };
    const lookEveryMs = Math.min(mostLookMs, definition.stalledAfterMs / 4);
    const looking = setInterval(() => {
      monitor.look(definition.stalledAfterMs);
    }, lookEveryMs);
    const run = (): Promise<TaskEnd | 'failed'> =>
      withOutputs(definition, context, (outputs) => {
        switch (definition.kind) {
          case 'source':
            return runSource(definition, context);
          case 'mirror':
            return this.#options.mirror(definition, context, sourcesEnded);
          case 'sink':
            return runSink(definition, context, outputs, sourcesEnded);
        }
      });
    const ended = supervise({
      monitor,
      policy: restartPolicy(definition, once),
      stop: this.#stop.signal,
      emit,
      run,
    }).then((end) => {
      clearInterval(looking);
      emit({ type: `connector_${end}`, message: `${end} after ${count(monitor.records, 'record')}` });
      return end;
    });
    return { definition, monitor, ended };
  }
}

/** What fills topics first. */
function order({ kind }: ConnectorDefinition): number {
  return ['source', 'mirror', 'sink'].indexOf(kind);
}
