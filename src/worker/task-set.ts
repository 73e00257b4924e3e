import type { ConnectorMonitor, TaskMonitor } from './monitor.js';
import type { RestartPolicy } from './restarts.js';
import { supervise, type TaskEnd } from './supervise.js';
import type { WorkerEvent } from './event.js';

/** A task as it should run: two plans with the same key are the same task. */
export interface TaskPlan {
  readonly key: string;
  /** Runs it once; called again after a failure. Ends soon after `stop` aborts; drops everything at `kill`. */
  readonly run: (monitor: TaskMonitor, stop: AbortSignal) => Promise<TaskEnd>;
}

interface RunningTask {
  readonly plan: TaskPlan;
  readonly monitor: TaskMonitor;
  readonly stop: AbortController;
  readonly ended: Promise<TaskEnd | 'failed'>;
}

/** The tasks of one connector, started, replaced and stopped while the rest goes on. */
export class TaskSet {
  readonly #monitor: ConnectorMonitor;
  readonly #policy: RestartPolicy;
  readonly #emit: (event: Omit<WorkerEvent, 'connector'>) => void;
  #tasks: RunningTask[] = [];
  #applying: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    monitor: ConnectorMonitor,
    policy: RestartPolicy,
    emit: (event: Omit<WorkerEvent, 'connector'>) => void,
  ) {
    this.#monitor = monitor;
    this.#policy = policy;
    this.#emit = emit;
  }

  get size(): number {
    return this.#tasks.length;
  }

  /**
   * Makes the running tasks these. Tasks that change or go are stopped before any new one starts, so
   * that what moves from one to another is never held by both.
   */
  apply(plans: readonly TaskPlan[]): Promise<void> {
    this.#applying = this.#applying.then(() => this.#replace(plans));
    return this.#applying;
  }

  async #replace(plans: readonly TaskPlan[]): Promise<void> {
    if (this.#stopped) return;
    const kept = plans.map((plan, number) => {
      const running = this.#tasks[number];
      return running?.plan.key === plan.key ? running : null;
    });
    await Promise.all(this.#tasks.filter((task) => !kept.includes(task)).map((task) => stopTask(task)));
    this.#monitor.keepOnly(plans.length);
    this.#tasks = plans.map((plan, number) => kept[number] ?? this.#start(plan, number));
  }

  #start(plan: TaskPlan, number: number): RunningTask {
    const stop = new AbortController();
    if (this.#stopped) stop.abort();
    const monitor = this.#monitor.openTask(number);
    const ended = supervise({
      monitor,
      policy: this.#policy,
      stop: stop.signal,
      emit: this.#emit,
      run: () => plan.run(monitor, stop.signal),
    });
    return { plan, monitor, stop, ended };
  }

  /** Stops those that are chosen, and starts them anew as they were planned; the others go on. */
  restart(chosen: (task: TaskMonitor) => boolean): Promise<void> {
    this.#applying = this.#applying.then(async () => {
      const tasks = this.#tasks.filter(({ monitor }) => chosen(monitor));
      await Promise.all(tasks.map((task) => stopTask(task)));
      if (this.#stopped || tasks.length === 0) return;
      this.#tasks = this.#tasks.map((task, number) =>
        tasks.includes(task) ? this.#start(task.plan, number) : task,
      );
    });
    return this.#applying;
  }

  /** Resolves when all tasks have ended and no others have taken their place. */
  async ended(): Promise<readonly (TaskEnd | 'failed')[]> {
    for (;;) {
      const applying = this.#applying;
      await applying;
      const tasks = this.#tasks;
      const ends = await Promise.all(tasks.map((task) => task.ended));
      if (this.#tasks === tasks && this.#applying === applying) return ends;
    }
  }

  /** Asks all tasks to finish what they have in hand, and waits for them. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const task of this.#tasks) task.stop.abort();
    await this.ended();
  }
}

async function stopTask(task: RunningTask): Promise<void> {
  task.stop.abort();
  await task.ended;
}
