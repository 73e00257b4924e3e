import type { Budget } from './budget.js';
import type { ConnectorDefinition } from '../job/definition.js';
import type { Cluster } from '../rocketmq/cluster.js';
import type { Log } from '../sdk/index.js';
import type { DataDir, Wanted } from '../store/index.js';
import type { WorkerEvent } from './event.js';
import { ConnectorMonitor, type TaskMonitor } from './monitor.js';
import { withOutputs, type Outputs } from './outputs.js';
import type { Placement } from './placement.js';
import { count, restartPolicy, type RunnerContext } from './runner.js';
import { supervise, type TaskEnd } from './supervise.js';
import type { TaskSet } from './task-set.js';
import type { Turnstile } from './turnstile.js';

export type End = TaskEnd | 'failed';

/** What a worker gives to all its connectors. */
export interface Host {
  readonly dataDir: DataDir;
  readonly once: boolean;
  readonly log: Log;
  readonly onEvent: (event: WorkerEvent) => void;
  /** The whole worker stops: nothing starts any more. */
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  /** What is in flight when one connector is stopped may take so long before it is dropped. */
  readonly drainMs: number;
  /** See `RunnerContext`. */
  readonly inFlight: Budget;
  /** Through which connectors start. */
  readonly starts: Turnstile;
  sharedOf(cluster: Cluster): Pick<RunnerContext, 'filled' | 'topics'>;
  /** Runs it once; see `supervise`. `sourcesEnded` is null but for a run that copies what is there. */
  run(
    definition: ConnectorDefinition,
    context: RunnerContext,
    outputs: Outputs,
    sourcesEnded: Promise<void> | null,
  ): Promise<End>;
}

/** How seldom it is looked whether connectors move, at the most. */
const mostLookMs = 1_000;

interface Run {
  readonly stop: AbortController;
  readonly kill: AbortController;
  readonly ended: Promise<End>;
  /** Null while it runs. */
  end: End | null;
  /** Null before it has planned any. */
  tasks: TaskSet | null;
}

/** Which parts of a connector are started anew. */
export interface RestartOptions {
  /** Leave alone what has not failed. */
  readonly onlyFailed: boolean;
}

/**
 * One connector in a worker: what is wanted of it, and the run that makes it so. Changes take effect one after
 * the other, and each run has ended, its positions written and its offsets committed, before the next one starts.
 */
export class Hosted {
  readonly #host: Host;
  #definition: ConnectorDefinition;
  #cluster: Cluster;
  #wanted: Wanted;
  #unfit: Error | null;
  #monitor: ConnectorMonitor;
  #run: Run | null = null;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(host: Host, { definition, cluster, wanted = 'running', unfit = null }: Placement) {
    this.#host = host;
    this.#definition = definition;
    this.#cluster = cluster;
    this.#wanted = wanted;
    this.#unfit = unfit;
    this.#monitor = this.#openMonitor();
  }

  get definition(): ConnectorDefinition {
    return this.#definition;
  }

  get monitor(): ConnectorMonitor {
    return this.#monitor;
  }

  get wanted(): Wanted {
    return this.#wanted;
  }

  /** Of the run that goes on, or was last. */
  get ended(): Promise<End> {
    return this.#run?.ended ?? Promise.resolve('stopped');
  }

  /** To be called once. */
  begin(sourcesEnded: Promise<void> | null): void {
    if (this.#wanted === 'running') this.#start(sourcesEnded);
    else this.#monitor.rests(this.#wanted);
  }

  /** Resolves when it is so. */
  want(wanted: Wanted): Promise<void> {
    if (this.#wanted === wanted) return this.#turn;
    this.#wanted = wanted;
    this.#monitor.wants(wanted);
    return this.#inTurn(() => this.#settle());
  }

  /** Starts it anew where it is wanted to run; one that rests, rests on. */
  restart({ onlyFailed }: RestartOptions): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#wanted !== 'running') return;
      const run = this.#run;
      if (onlyFailed && run !== null && run.end !== 'failed') {
        if (run.end === null) await this.#restartTasks(run, ({ state }) => state === 'failed');
        return;
      }
      await this.#drain();
      this.#start(null);
    });
  }

  /** A task of a connector that has ended is started with all others: its run is over. */
  restartTask(task: number): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#wanted !== 'running') return;
      const run = this.#run;
      if (run?.end === null) await this.#restartTasks(run, (one) => one.task === task);
      else this.#start(null);
    });
  }

  /** Goes on from the same positions with another definition. */
  change(definition: ConnectorDefinition, cluster: Cluster): Promise<void> {
    return this.#inTurn(async () => {
      await this.#drain();
      const isOther = definition.kind !== this.#definition.kind || definition.job !== this.#definition.job;
      this.#definition = definition;
      this.#cluster = cluster;
      this.#unfit = null;
      this.#monitor.keepOnly(0);
      if (isOther) {
        this.#monitor.taps.close();
        this.#monitor = this.#openMonitor();
      }
      if (this.#wanted === 'running') this.#start(null);
      else this.#monitor.rests(this.#wanted);
    });
  }

  /** Does something while it does not run; it does not start meanwhile. */
  async atRest<T>(work: () => Promise<T>): Promise<T> {
    let result: { readonly value: T } | undefined;
    await this.#inTurn(async () => {
      await this.#run?.ended;
      result = { value: await work() };
    });
    if (result === undefined) throw new Error('nothing was done');
    return result.value;
  }

  /** Ends it for good. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#closed = true;
      await this.#drain();
      this.#monitor.taps.close();
    });
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    let turn;
    do {
      turn = this.#turn;
      await turn;
      await this.#run?.ended;
    } while (turn !== this.#turn);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #settle(): Promise<void> {
    if (this.#wanted === 'running') {
      if (this.#run?.end !== null) this.#start(null);
      return;
    }
    await this.#drain();
    // Why it failed is worth more than that nobody wants it to run; but its offsets may be moved once it is stopped.
    if (this.#run?.end !== 'failed' || this.#wanted === 'stopped') this.#monitor.rests(this.#wanted);
  }

  /** Where they do not stop in time, all that is in flight is dropped, and the connector starts anew. */
  async #restartTasks(run: Run, chosen: (task: TaskMonitor) => boolean): Promise<void> {
    if (run.tasks === null) return;
    const late = setTimeout(() => {
      run.stop.abort(new Error('the connector is starting anew'));
      run.kill.abort(new Error('the time to stop a task is over'));
    }, this.#host.drainMs);
    try {
      await Promise.race([run.tasks.restart(chosen), run.ended]);
    } finally {
      clearTimeout(late);
    }
    if (!run.kill.signal.aborted) return;
    await run.ended;
    this.#start(null);
  }

  async #drain(): Promise<void> {
    const run = this.#run;
    if (run?.end !== null) return;
    run.stop.abort(new Error('the connector is stopping'));
    const timer = setTimeout(() => {
      run.kill.abort(new Error('the time to stop is over'));
    }, this.#host.drainMs);
    try {
      await run.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  #openMonitor(): ConnectorMonitor {
    const { name } = this.#definition;
    const monitor = new ConnectorMonitor(this.#definition, (type, task, message) => {
      this.#host.onEvent({ type, connector: name, task, message });
    });
    monitor.wants(this.#wanted);
    return monitor;
  }

  #start(sourcesEnded: Promise<void> | null): void {
    const host = this.#host;
    if (host.stop.aborted || this.#closed) return;
    const definition = this.#definition;
    const unfit = this.#unfit;
    const monitor = this.#monitor;
    const stop = new AbortController();
    const kill = new AbortController();
    const emit = (event: Omit<WorkerEvent, 'connector'>): void => {
      host.onEvent({ ...event, connector: definition.name });
    };
    const context: RunnerContext = {
      cluster: this.#cluster,
      store: host.dataDir.connector(definition.name),
      once: host.once,
      log: host.log,
      monitor,
      inFlight: host.inFlight,
      ...host.sharedOf(this.#cluster),
      emit,
      stop: AbortSignal.any([host.stop, stop.signal]),
      kill: AbortSignal.any([host.kill, kill.signal]),
      has: (tasks) => {
        run.tasks = tasks;
      },
    };
    const looking = setInterval(
      () => {
        monitor.look(definition.stalledAfterMs);
      },
      Math.min(mostLookMs, definition.stalledAfterMs / 4),
    );
    const ended = supervise({
      monitor,
      policy: restartPolicy(definition, host.once),
      stop: context.stop,
      emit,
      run: async () => {
        if (unfit !== null) throw unfit;
        const started = await host.starts.enter(context.stop);
        monitor.onceBegun(started);
        try {
          return await withOutputs(definition, context, (outputs) =>
            host.run(definition, context, outputs, sourcesEnded),
          );
        } finally {
          started();
        }
      },
    }).then((end) => {
      clearInterval(looking);
      run.end = end;
      this.#tellEnd(end, emit);
      return end;
    });
    const run: Run = { stop, kill, ended, end: null, tasks: null };
    this.#run = run;
  }

  #tellEnd(end: End, emit: (event: Omit<WorkerEvent, 'connector'>) => void): void {
    const rests = end === 'stopped' && this.#wanted === 'paused' && !this.#host.stop.aborted;
    const how = rests ? 'paused' : end;
    emit({ type: `connector_${how}`, message: `${how} after ${count(this.#monitor.records, 'record')}` });
  }
}
