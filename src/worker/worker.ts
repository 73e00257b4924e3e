import type { ConnectorDefinition, MirrorDefinition } from '../job/definition.js';
import type { Cluster } from '../rocketmq/cluster.js';
import type { Log } from '../sdk/index.js';
import type { ConnectorStatus, DataDir, Failure, Wanted } from '../store/index.js';
import { aborted } from './aborted.js';
import { Budget } from './budget.js';
import type { WorkerEvent } from './event.js';
import { Hosted, type End, type Host, type RestartOptions } from './hosted.js';
import type { ConnectorMonitor } from './monitor.js';
import type { Outputs } from './outputs.js';
import type { Placement } from './placement.js';
import { FilledQueues } from './queue-ends.js';
import { count, type RunnerContext } from './runner.js';
import { runSink } from './sink-runner.js';
import { runSource } from './source-runner.js';
import { Topics } from './topics.js';
import { StatusWriter } from './status-writer.js';
import { Turnstile } from './turnstile.js';

export type { WorkerEvent } from './event.js';

export interface WorkerOptions {
  readonly connectors: readonly Placement[];
  /** Locked by the caller; definitions are already remembered in it. */
  readonly dataDir: DataDir;
  /**
   * Sources stop at the end they saw at start; sinks at the queue ends taken after their job's sources, and
   * those of other jobs that fill their topics, have ended.
   */
  readonly once: boolean;
  /** Whether it waits for `stop` when nothing is left that runs: more may come. Default: no. */
  readonly stays?: boolean;
  /** How long one connector that is stopped, alone, may take; default half a minute. */
  readonly drainMs?: number;
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
) => Promise<End>;

/** How a run ended. */
export interface WorkerResult {
  readonly connectors: readonly ConnectorStatus[];
  /** Failures that ended a connector, or that a task had when it was stopped. Empty: all went well. */
  readonly failures: readonly { readonly connector: string; readonly failure: Failure }[];
}

const defaultDrainMs = 30_000;
/** Read or fetched, and not yet stored or written, of all tasks together; see `Budget`. */
const inFlightBytes = 32 * 1024 * 1024;
/** Where a thousand are to start, those that run and whoever asks something have their share of the disk too. */
const startsAtOnce = 4;
const usualStartMs = 100;

/** Runs connectors: starts their tasks, keeps their positions and states, restarts what fails. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();
  readonly #shared = new Map<Cluster, { readonly filled: FilledQueues; readonly topics: Topics }>();
  readonly #hosted = new Map<string, Hosted>();
  /** Those that were removed, until they have ended. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #host: Host;
  readonly #writer: StatusWriter;
  /** Resolves when nothing is left to run: all finished, failed for good, or stopped. */
  readonly done: Promise<WorkerResult>;
  /** Resolves when it has its connectors. */
  readonly started: Promise<void>;
  readonly #start: () => void;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const { dataDir, once, log, onEvent, drainMs = defaultDrainMs } = options;
    this.#host = {
      dataDir,
      once,
      log,
      onEvent,
      stop: this.#stop.signal,
      kill: this.#kill.signal,
      drainMs,
      inFlight: new Budget(inFlightBytes),
      starts: new Turnstile(startsAtOnce, usualStartMs),
      sharedOf: (cluster) => this.#sharedOf(cluster),
      run: (...run) => this.#run(...run),
    };
    this.#writer = new StatusWriter(
      dataDir,
      () => this.monitors,
      (name) => this.#hosted.has(name),
    );
    let start = (): void => undefined;
    this.started = new Promise<void>((resolve) => {
      start = resolve;
    });
    this.#start = start;
    this.done = this.started.then(() => this.#finish());
  }

  /** Starts all connectors. What cannot start is tried again like a task that failed. */
  start(): void {
    const { connectors, once } = this.#options;
    const sourcesFirst = [...connectors].sort((a, b) => order(a.definition) - order(b.definition));
    for (const placement of sourcesFirst) {
      const { definition } = placement;
      this.#begin(placement, once && definition.kind !== 'source' ? this.#feedersOf(definition) : null);
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

  /** Of each connector it has. */
  get monitors(): readonly ConnectorMonitor[] {
    return [...this.#hosted.values()].map(({ monitor }) => monitor);
  }

  status(): readonly ConnectorStatus[] {
    return this.monitors.map((monitor) => monitor.status());
  }

  /** One it has; null where there is none of that name. */
  find(name: string): Hosted | null {
    return this.#hosted.get(name) ?? null;
  }

  /** Starts one more, once a removed one of the same name has ended. */
  async add(placement: Placement): Promise<void> {
    const { name } = placement.definition;
    await this.left(name);
    if (this.#hosted.has(name)) throw new Error(`the worker has a connector ${name}`);
    this.#tell('connector_added', name, 'added');
    this.#begin(placement, null);
  }

  /** It goes on from the same positions. Resolves when the run of the former definition has ended. */
  async change({ definition, cluster }: Placement): Promise<void> {
    const { name } = definition;
    this.#tell('connector_changed', name, 'its definition has changed');
    await this.#known(name).change(definition, cluster);
  }

  /** Nobody finds it any more; resolves when it has ended. Its positions stay. */
  async remove(name: string): Promise<void> {
    const hosted = this.#known(name);
    this.#hosted.delete(name);
    this.#tell('connector_removed', name, 'removed');
    const gone = hosted
      .close()
      .finally(() => this.#writer.forget(name))
      .finally(() => this.#leaving.delete(name));
    this.#leaving.set(name, gone);
    await gone;
  }

  /** Resolves when no connector of that name that was removed runs any more. */
  async left(name: string): Promise<void> {
    await this.#leaving.get(name)?.catch(() => undefined);
  }

  /** Resolves when it is so. */
  async want(name: string, wanted: Wanted): Promise<void> {
    await this.#known(name).want(wanted);
  }

  async restart(name: string, options: RestartOptions): Promise<void> {
    await this.#known(name).restart(options);
  }

  async restartTask(name: string, task: number): Promise<void> {
    await this.#known(name).restartTask(task);
  }

  #known(name: string): Hosted {
    const hosted = this.#hosted.get(name);
    if (hosted === undefined) throw new Error(`the worker has no connector ${name}`);
    return hosted;
  }

  #tell(type: WorkerEvent['type'], connector: string, message: string): void {
    this.#options.onEvent({ type, connector, message });
  }

  #begin(placement: Placement, sourcesEnded: Promise<void> | null): void {
    const hosted = new Hosted(this.#host, placement);
    this.#hosted.set(placement.definition.name, hosted);
    hosted.begin(sourcesEnded);
  }

  async #finish(): Promise<WorkerResult> {
    if (this.#options.stays === true) await aborted(this.#stop.signal);
    await Promise.all([...this.#hosted.values()].map((hosted) => hosted.settled()));
    await Promise.allSettled(this.#leaving.values());
    await this.#writer.close();
    return {
      connectors: this.status(),
      failures: this.monitors.flatMap((monitor) =>
        // Whoever stopped it for good has seen to what it failed with.
        monitor.wanted === 'stopped'
          ? []
          : monitor.failures().map((failure) => ({ connector: monitor.name, failure })),
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
    const feeders = [...this.#hosted.values()].filter(
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
      this.#tell('topic_created', connector, `created topic ${topic} with ${count(queues, 'queue')}`);
    });
    const shared = { filled: new FilledQueues(), topics };
    this.#shared.set(cluster, shared);
    return shared;
  }

  #run(
    definition: ConnectorDefinition,
    context: RunnerContext,
    outputs: Outputs,
    sourcesEnded: Promise<void> | null,
  ): Promise<End> {
    switch (definition.kind) {
      case 'source':
        return runSource(definition, context);
      case 'mirror':
        return this.#options.mirror(definition, context, sourcesEnded);
      case 'sink':
        return runSink(definition, context, outputs, sourcesEnded);
    }
  }
}

/** What fills topics first. */
function order({ kind }: ConnectorDefinition): number {
  return ['source', 'mirror', 'sink'].indexOf(kind);
}
