import type { Deliveries, Share } from '../rocketmq/cluster.js';
import { FailureLog } from './failure-log.js';
import { TaskFlow, type ErrorStage } from './flow/task-flow.js';
import { Taps } from './flow/taps.js';
import { Rate } from './meters/rate.js';
import { RouteMeter } from './meters/route-meter.js';
import { shareStatus } from './share-status.js';
import { Stall } from './stall.js';
import type {
  ConnectorStatus,
  Failure,
  FailureAt,
  State,
  StateDetail,
  TaskStatus,
  Wanted,
} from '../store/index.js';

/** What a person is told of a task that has trouble while it runs. */
export type TellTrouble = (
  type: 'warning' | 'task_recovered' | 'task_stalled',
  task: number,
  message: string,
) => void;

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
  /** What goes through it; goes on where an earlier task of that number ended. */
  readonly flow: TaskFlow;
  readonly #connector: ConnectorMonitor;
  readonly #partitions = new Set<string>();
  #state: State = 'starting';
  #since = new Date();
  #records = 0;
  #missed = 0;
  readonly #failures = new FailureLog();
  readonly #stall = new Stall();
  #hasWork: () => boolean = () => false;
  #retries = 0;
  readonly #counts: Counts = { skipped: 0, dead_lettered: 0, retried: 0 };
  /** A person was told of trouble, and waits to hear that it is over. */
  #told = false;
  readonly #tell: TellTrouble;

  constructor(connector: ConnectorMonitor, task: number, tell: TellTrouble) {
    this.#connector = connector;
    this.task = task;
    this.flow = connector.flowOf(task);
    this.#tell = tell;
  }

  get connector(): string {
    return this.#connector.name;
  }

  get error(): Failure | null {
    return told(this.#failures.last);
  }

  is(state: State): void {
    if (state === this.#state) return;
    // It was started anew after its failure, and ran until it was asked to end: it only had nothing to move.
    if (state === 'stopped' && this.#state === 'running' && this.#failures.hasEnded) this.#failures.over();
    this.#state = state;
    this.#since = new Date();
    if (state === 'restarting') this.flow.restarts += 1;
    if (state !== 'starting' && state !== 'running') this.#hasWork = () => false;
    // What it tried again worked in the end, also where no record came after it.
    if (state === 'finished') this.#failures.over();
  }

  /** How to ask the task whether it has anything to move; asked while it runs. */
  works(hasWork: () => boolean): void {
    this.#hasWork = hasWork;
  }

  /** To be called now and then: tells when nothing moves though there is work. */
  look(stalledAfterMs: number): void {
    const starting = this.#state === 'starting';
    if (!starting && (this.#state !== 'running' || !this.#hasWork())) {
      this.#movesAgain('nothing is left to move');
      return;
    }
    const doing = starting ? 'it is starting' : 'there is work';
    if (!this.#stall.look(stalledAfterMs, doing, this.error?.message ?? null)) return;
    this.#tell('task_stalled', this.task, `stalled: ${this.#stall.detail?.message ?? ''}`);
  }

  #movesAgain(why: string): void {
    const wasStalled = this.#stall.moved();
    if (!wasStalled && !this.#told) return;
    if (!wasStalled && this.error !== null) return;
    this.#told = false;
    this.#tell('task_recovered', this.task, why);
  }

  /** So many messages were gone from its queues before it had read them. */
  missed(messages: number): void {
    this.#missed += messages;
  }

  has(partition: string): void {
    this.#partitions.add(partition);
  }

  /** Records have reached the other side; 0: something has that is no record, so the way is open. */
  moved(records: number): void {
    this.#failures.over();
    this.#retries = 0;
    if (records === 0) return;
    this.#records += records;
    this.#connector.moved(records);
    this.#movesAgain('records move again');
  }

  get records(): number {
    return this.#records;
  }

  get state(): State {
    return this.#state;
  }

  /** Its run has ended with this error: whoever runs it tells so. */
  failed(error: unknown): FailureAt {
    this.#told = true;
    return this.#failures.ended(error);
  }

  /** The same thing is tried again in place; `stage` where the try was not counted as failed already. */
  retries(error: unknown, stage?: ErrorStage): void {
    if (stage !== undefined) this.flow.failed(stage);
    const { message } = this.#failures.noted(error);
    this.#counts.retried += 1;
    this.#connector.counts.retried += 1;
    this.#retries += 1;
    if (this.#retries < toldFrom || this.#told) return;
    this.#told = true;
    this.#tell('warning', this.task, `trying again: ${message}`);
  }

  /** Records were left out for good. */
  leftOut(how: 'skipped' | 'dead_lettered', records: number): void {
    this.#failures.over();
    this.#retries = 0;
    this.#counts[how] += records;
    this.#connector.counts[how] += records;
  }

  status(): TaskStatus {
    return {
      connector: this.#connector.name,
      task: this.task,
      kind: this.#connector.kind,
      wanted: this.#connector.wanted,
      state: this.#state,
      partitions: [...this.#partitions].sort(),
      records: this.#records,
      ...this.#counts,
      errors: this.#failures.count,
      error: this.error,
      failures: [...this.#failures.ends],
      detail: this.#stall.detail,
      missed: this.#missed,
      since: this.#since.toISOString(),
    };
  }
}

function told(failure: FailureAt | null): Failure | null {
  return failure === null ? null : { code: failure.code, message: failure.message };
}

/** What is known of a connector and its tasks. */
export class ConnectorMonitor {
  readonly name: string;
  readonly kind: ConnectorStatus['kind'];
  readonly #job: string;
  readonly #rate = new Rate(performance.now());
  readonly #tasks = new Map<number, TaskMonitor>();
  /** Who looks at its records as they pass. */
  readonly taps = new Taps();
  readonly #flows = new Map<number, TaskFlow>();
  /** Of all its tasks, those that are gone included. */
  readonly counts: Counts = { skipped: 0, dead_lettered: 0, retried: 0 };
  #deliveries: () => Deliveries | null = () => null;
  #share: () => Share | null = () => null;
  #wanted: Wanted = 'running';
  #records = 0;
  #lastRecordAt: Date | null = null;
  #state: State = 'starting';
  #since = new Date();
  readonly #failures = new FailureLog();
  readonly #stall = new Stall();
  #standby: StateDetail | null = null;
  #begun: () => void = () => undefined;
  readonly #tell: TellTrouble;
  /** Of a mirror. */
  readonly route: RouteMeter | null;

  constructor(definition: { name: string; kind: ConnectorStatus['kind']; job: string }, tell: TellTrouble) {
    this.#tell = tell;
    this.name = definition.name;
    this.kind = definition.kind;
    this.#job = definition.job;
    this.route = definition.kind === 'mirror' ? new RouteMeter() : null;
  }

  /** A monitor for a task that starts now; takes the place of an earlier one of that number. */
  openTask(number: number): TaskMonitor {
    const monitor = new TaskMonitor(this, number, this.#tell);
    this.#tasks.set(number, monitor);
    return monitor;
  }

  /** The flow through a task of that number, whichever came and went. */
  flowOf(task: number): TaskFlow {
    const flow = this.#flows.get(task) ?? new TaskFlow(this.taps);
    this.#flows.set(task, flow);
    return flow;
  }

  /** Of each task that ever ran, by its number. */
  get flows(): ReadonlyMap<number, TaskFlow> {
    return this.#flows;
  }

  /** Forgets tasks from this number on: the connector has fewer now. */
  keepOnly(count: number): void {
    for (const number of this.#tasks.keys()) if (number >= count) this.#tasks.delete(number);
  }

  /** Where to ask for what was delivered. */
  asksDeliveries(deliveries: () => Deliveries | null): void {
    this.#deliveries = deliveries;
  }

  /** Where to ask how the group's queues are shared. */
  shares(share: () => Share | null): void {
    this.#share = share;
  }

  is(state: State): void {
    if (state !== 'standby') this.#standby = null;
    if (state === this.#state) return;
    if (state === 'running') this.#failures.over();
    this.#state = state;
    this.#since = new Date();
    if (state !== 'starting') this.#begun();
  }

  /** Called when it is no longer starting, however that went. */
  onceBegun(begun: () => void): void {
    this.#begun = begun;
  }

  get wanted(): Wanted {
    return this.#wanted;
  }

  /** What somebody asked for. */
  wants(wanted: Wanted): void {
    this.#wanted = wanted;
  }

  /** Nothing runs, because that is what was asked for; a task that had failed goes on telling so. */
  rests(state: 'paused' | 'stopped'): void {
    this.is(state);
    for (const task of this.#tasks.values()) if (task.state !== 'failed') task.is(state);
  }

  /** The connector as a whole could not go on: there are no tasks to blame. */
  failed(error: unknown): FailureAt {
    return this.#failures.ended(error);
  }

  /** Another worker has the source: says which one. */
  standsBy(message: string): void {
    this.is('standby');
    const since = this.#standby?.since ?? this.#since.toISOString();
    this.#standby = { code: 'standby', message, since };
  }

  /** To be called now and then: tells of what does not move though there is work. */
  look(stalledAfterMs: number): void {
    for (const task of this.#tasks.values()) task.look(stalledAfterMs);
    if (this.#state !== 'starting') {
      this.#stall.moved();
      return;
    }
    const cause = this.#failures.last?.message ?? null;
    if (!this.#stall.look(stalledAfterMs, 'it is starting', cause)) return;
    this.#tell('task_stalled', 0, `stalled: ${this.#stall.detail?.message ?? ''}`);
  }

  get records(): number {
    return this.#records;
  }

  moved(records: number): void {
    const now = new Date();
    this.#records += records;
    this.#rate.add(records, performance.now());
    this.#lastRecordAt = now;
  }

  /** The failures that the connector and its tasks are left with. */
  failures(): readonly Failure[] {
    const last = told(this.#failures.last);
    const own = last === null ? [] : [last];
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
      wanted: this.wanted,
      state: this.#state,
      tasks: this.#taskStatuses(),
      records: this.#records,
      ...this.counts,
      rate: this.#rate.read(performance.now()),
      last_record_at: this.#lastRecordAt?.toISOString() ?? null,
      unacknowledged: deliveries?.unacknowledged ?? null,
      redelivered: deliveries?.redelivered ?? null,
      group: shareStatus(this.#share()),
      route: this.route?.status() ?? null,
      pid: process.pid,
      updated_at: now.toISOString(),
    };
  }

  /**
   * While the connector as a whole cannot go on, none of its tasks does: they have its state and its reason, and keep
   * their numbers. One that has no tasks is shown as a first one.
   */
  #taskStatuses(): TaskStatus[] {
    const error = told(this.#failures.last);
    const detail = this.#standby ?? this.#stall.detail;
    const isAside = error !== null || detail !== null;
    const own = [...this.#tasks.values()].map((task) => task.status()).sort((a, b) => a.task - b.task);
    if (!isAside) return own;
    const whole = { state: this.#state, detail, since: this.#since.toISOString() };
    if (own.length > 0) return own.map((task) => ({ ...task, ...whole, error: task.error ?? error }));
    return [
      {
        connector: this.name,
        task: 0,
        kind: this.kind,
        wanted: this.wanted,
        partitions: [],
        records: this.#records,
        ...this.counts,
        errors: this.#failures.count,
        error,
        failures: [...this.#failures.ends],
        missed: 0,
        ...whole,
        stands_in: true,
      },
    ];
  }
}
