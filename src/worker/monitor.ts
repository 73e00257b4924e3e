import type { Deliveries } from '../rocketmq/cluster.js';
import { failureOf } from './failure.js';
import { Rate } from './rate.js';
import type { ConnectorStatus, Failure, State, TaskStatus } from '../store/index.js';

/** What a person is told of a task that has trouble while it runs. */
export type TellTrouble = (type: 'warning' | 'task_recovered', task: number, message: string) => void;

/** What was not moved at the first try. */
interface Counts {
  skipped: number;
  dead_lettered: number;
  retried: number;
}

/** Failures in a row from which on a try in place is told: one or two are everyday life. */
const toldFrom = 3;

/** What is known of one task, as it changes. */
export class TaskMonitor {
  readonly task: number;
  readonly #connector: ConnectorMonitor;
  readonly #partitions = new Set<string>();
  #state: State = 'starting';
  #since = new Date();
  #records = 0;
  #errors = 0;
  #error: Failure | null = null;
  #retries = 0;
  readonly #counts: Counts = { skipped: 0, dead_lettered: 0, retried: 0 };
  /** A person was told of trouble, and waits to hear that it is over. */
  #told = false;
  readonly #tell: TellTrouble;

  constructor(connector: ConnectorMonitor, task: number, tell: TellTrouble) {
    this.#connector = connector;
    this.task = task;
    this.#tell = tell;
  }

  get error(): Failure | null {
    return this.#error;
  }

  is(state: State): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#since = new Date();
  }

  has(partition: string): void {
    this.#partitions.add(partition);
  }

  /** Records have reached the other side. */
  moved(records: number): void {
    this.#records += records;
    this.#error = null;
    this.#retries = 0;
    this.#connector.moved(records);
    if (!this.#told) return;
    this.#told = false;
    this.#tell('task_recovered', this.task, 'records move again');
  }

  get records(): number {
    return this.#records;
  }

  /** Its run has ended with this error: whoever runs it tells so. */
  failed(error: unknown): Failure {
    this.#told = true;
    return this.#noted(error);
  }

  /** The same thing is tried again in place. */
  retries(error: unknown): void {
    const { message } = this.#noted(error);
    this.#counts.retried += 1;
    this.#connector.counts.retried += 1;
    this.#retries += 1;
    if (this.#retries < toldFrom || this.#told) return;
    this.#told = true;
    this.#tell('warning', this.task, `trying again: ${message}`);
  }

  /** Records were left out for good. */
  leftOut(how: 'skipped' | 'dead_lettered', records: number): void {
    this.#error = null;
    this.#retries = 0;
    this.#counts[how] += records;
    this.#connector.counts[how] += records;
  }

  #noted(error: unknown): Failure {
    this.#errors += 1;
    this.#error = failureOf(error);
    return this.#error;
  }

  status(): TaskStatus {
    return {
      connector: this.#connector.name,
      task: this.task,
      kind: this.#connector.kind,
      wanted: 'running',
      state: this.#state,
      partitions: [...this.#partitions].sort(),
      records: this.#records,
      ...this.#counts,
      errors: this.#errors,
      error: this.#error,
      since: this.#since.toISOString(),
    };
  }
}

/** What is known of a connector and its tasks. */
export class ConnectorMonitor {
  readonly name: string;
  readonly kind: 'source' | 'sink';
  readonly #job: string;
  readonly #rate = new Rate(Date.now());
  readonly #tasks = new Map<number, TaskMonitor>();
  /** Of all its tasks, those that are gone included. */
  readonly counts: Counts = { skipped: 0, dead_lettered: 0, retried: 0 };
  #deliveries: () => Deliveries | null = () => null;
  #records = 0;
  #lastRecordAt: Date | null = null;
  #state: State = 'starting';
  #since = new Date();
  #errors = 0;
  #error: Failure | null = null;

  readonly #tell: TellTrouble;

  constructor(definition: { name: string; kind: 'source' | 'sink'; job: string }, tell: TellTrouble) {
    this.#tell = tell;
    this.name = definition.name;
    this.kind = definition.kind;
    this.#job = definition.job;
  }

  /** A monitor for a task that starts now; takes the place of an earlier one of that number. */
  openTask(number: number): TaskMonitor {
    const monitor = new TaskMonitor(this, number, this.#tell);
    this.#tasks.set(number, monitor);
    return monitor;
  }

  /** Forgets tasks from this number on: the connector has fewer now. */
  keepOnly(count: number): void {
    for (const number of this.#tasks.keys()) if (number >= count) this.#tasks.delete(number);
  }

  /** Where to ask for what was delivered. */
  asksDeliveries(deliveries: () => Deliveries | null): void {
    this.#deliveries = deliveries;
  }

  is(state: State): void {
    if (state === this.#state) return;
    if (state === 'running') this.#error = null;
    this.#state = state;
    this.#since = new Date();
  }

  /** The connector as a whole could not go on: there are no tasks to blame. */
  failed(error: unknown): Failure {
    this.#errors += 1;
    this.#error = failureOf(error);
    return this.#error;
  }

  get records(): number {
    return this.#records;
  }

  moved(records: number): void {
    const now = new Date();
    this.#records += records;
    this.#rate.add(records, now.getTime());
    this.#lastRecordAt = now;
  }

  /** The failures that the connector and its tasks are left with. */
  failures(): readonly Failure[] {
    const own = this.#error === null ? [] : [this.#error];
    return [
      ...own,
      ...[...this.#tasks.values()].flatMap((task) => (task.error === null ? [] : [task.error])),
    ];
  }

  status(): ConnectorStatus {
    const now = new Date();
    const deliveries = this.#deliveries();
    return {
      version: 1,
      connector: this.name,
      kind: this.kind,
      job: this.#job,
      state: this.#state,
      tasks: this.#taskStatuses(),
      records: this.#records,
      ...this.counts,
      rate: this.#rate.perSecond(now.getTime()),
      last_record_at: this.#lastRecordAt?.toISOString() ?? null,
      unacknowledged: deliveries?.unacknowledged ?? null,
      redelivered: deliveries?.redelivered ?? null,
      pid: process.pid,
      updated_at: now.toISOString(),
    };
  }

  /** A connector that cannot start has no tasks; its state and failure are shown as those of a first one. */
  #taskStatuses(): TaskStatus[] {
    if (this.#tasks.size > 0 && this.#error === null) {
      return [...this.#tasks.values()].map((task) => task.status()).sort((a, b) => a.task - b.task);
    }
    if (this.#error === null) return [];
    return [
      {
        connector: this.name,
        task: 0,
        kind: this.kind,
        wanted: 'running',
        state: this.#state,
        partitions: [],
        records: this.#records,
        ...this.counts,
        errors: this.#errors,
        error: this.#error,
        since: this.#since.toISOString(),
      },
    ];
  }
}
