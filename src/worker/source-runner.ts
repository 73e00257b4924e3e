import type { ConnectorDefinition, SourceDefinition } from '../job/definition.js';
import { isReplayable } from '../job/delivery.js';
import type { Producer } from '../rocketmq/cluster.js';
import type { JsonObject, Position } from '../sdk/index.js';
import type { TaskMonitor } from './monitor.js';
import { BadRecords } from './bad-records.js';
import { DeadLetters } from './dead-letters.js';
import { allInTurn } from './in-turn.js';
import { PluginWay } from './plugin-way.js';
import { Positions } from './positions.js';
import { SourceHold } from './source-hold.js';
import { Recovery } from './recovery.js';
import {
  connectorContext,
  count,
  giveUpAfterMs,
  restartPolicy,
  retryPolicy,
  type RunnerContext,
} from './runner.js';
import { SourceRun } from './source-run.js';
import type { TaskEnd } from './supervise.js';
import { TaskSet, type TaskPlan } from './task-set.js';
import type { Way } from './way.js';

/** Changes that come in a burst (many new files) are planned once, after this pause in ms. */
const settleMs = 100;

/** A source as its run sees it: a plugin's, or another cluster. */
export interface Feeding {
  readonly definition: ConnectorDefinition;
  /** Whether it can be read again, so that nothing need come twice. */
  readonly replayable: boolean;
  start(positions: Positions): Promise<Feed>;
}

/** A started source. */
export interface Feed {
  /** Where it sends to, as far as that is known. */
  readonly topics: readonly string[];
  /** Like those of `SourceConnector`. */
  tasks(max: number): Promise<readonly JsonObject[]>;
  watch?(changed: () => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
  /** Opens a task; closed when its run has ended. */
  open(task: JsonObject, tools: FeedTools): Promise<Way & { close(): Promise<void> }>;
}

export interface FeedTools {
  /** The task's number. */
  readonly task: number;
  readonly producer: Producer;
  readonly positions: Positions;
  readonly recovery: Recovery | null;
  readonly monitor: TaskMonitor;
}

/** Runs a source connector: its tasks as it plans them, until all have finished or it is stopped. */
export async function runSource(
  definition: SourceDefinition,
  context: RunnerContext,
): Promise<TaskEnd | 'failed'> {
  await context.topics.ensure(definition, [definition.topic]);
  const { source, config, topic } = definition;
  const about = connectorContext(definition, context);
  return runFeeding(
    {
      definition,
      replayable: isReplayable(definition),
      start: async () => {
        const connector = await source.start(config, about);
        return {
          topics: [topic],
          tasks: (max) => connector.tasks(max),
          ...(connector.watch && { watch: (changed, signal) => connector.watch?.(changed, signal) ?? ended }),
          close: () => connector.close(),
          open: async (task, { task: number, producer, positions, recovery }) => {
            const anew = (partition: string, position: Position): Promise<void> =>
              recovery === null
                ? positions.anew(partition, position)
                : recovery.goOnAnew(partition, position);
            const opened = await connector.open(task, { ...about, task: number, anew }, positions.known());
            const way = new PluginWay(definition, opened, producer, positions);
            return Object.assign(way, { close: () => opened.close() });
          },
        };
      },
    },
    context,
  );
}

const ended = Promise.resolve();

/** Runs anything that feeds topics, until all its tasks have finished or it is stopped. */
export async function runFeeding(feeding: Feeding, context: RunnerContext): Promise<TaskEnd | 'failed'> {
  const positions = await Positions.load(context.store);
  const producer = context.cluster.producer(`connect-src-${feeding.definition.name}`);
  let hold: SourceHold | null = null;
  try {
    hold = await acquireHold(feeding, context, producer, positions);
    return await runHeld(feeding, context, producer, positions, hold);
  } finally {
    // Positions first: who takes over may be a worker of the same data directory. A lease that is kept would be renewed.
    await allInTurn(
      () => positions.close(),
      () => hold?.close(),
      () => producer.close(),
    );
  }
}

/** A source that cannot be read again has no place that two workers could share: each sends what it is given. */
async function acquireHold(
  { definition, replayable }: Feeding,
  context: RunnerContext,
  producer: Producer,
  positions: Positions,
): Promise<SourceHold | null> {
  if (!replayable) return null;
  const { name: connector } = definition;
  const { membership } = context.store;
  const clientId = producer.trail?.clientId;
  const last = (await membership.read())?.member;
  // A worker that was killed early had a lock, and no positions yet.
  const dead = [...positions.left.writers, ...(last === undefined ? [] : [last])].filter(
    (id) => id !== clientId,
  );
  const hold = await SourceHold.acquire(producer, {
    connector,
    dead,
    leaveName: async () => {
      if (clientId === undefined || clientId === last) return;
      await membership.write({ version: 1, member: clientId }, { durable: true });
    },
    context,
    giveUpAfterMs: giveUpAfterMs(context.once),
  });
  context.monitor.is('starting');
  return hold;
}

async function runHeld(
  feeding: Feeding,
  context: RunnerContext,
  producer: Producer,
  positions: Positions,
  hold: SourceHold | null,
): Promise<TaskEnd | 'failed'> {
  const { definition } = feeding;
  const connector = await feeding.start(positions);
  let deadLetters: DeadLetters | null = null;
  try {
    const recovery = await startRecovery(feeding, connector.topics, context, producer, positions, hold);
    deadLetters = await DeadLetters.open(definition, context);
    const running = { definition, context, connector, producer, positions, recovery, deadLetters };
    if (hold === null) return await new RunningSource(running).run();
    if (recovery !== null) hold.check = (broker) => recovery.checkBroker(broker);
    else if (producer.trail !== undefined) await positions.begin([producer.trail.clientId]);
    const guarded = hold.guard(producer, (queue) => recovery?.sending(queue) ?? (() => null));
    const held = {
      ...context,
      stop: AbortSignal.any([context.stop, hold.lost]),
      kill: AbortSignal.any([context.kill, hold.lost]),
    };
    const end = await new RunningSource({ ...running, context: held, producer: guarded }).run();
    hold.lost.throwIfAborted();
    return end;
  } finally {
    await allInTurn(
      () => deadLetters?.close(),
      () => connector.close(),
    );
  }
}

/** Null: the records of this source may come twice. */
async function startRecovery(
  { definition, replayable }: Feeding,
  topics: readonly string[],
  { cluster, stop, emit }: RunnerContext,
  producer: Producer,
  positions: Positions,
  hold: SourceHold | null,
): Promise<Recovery | null> {
  if (!replayable || definition.delivery === 'at_least_once') return null;
  const { name: connector } = definition;
  const { admin } = cluster;
  const { stoodBy, former } = hold ?? { stoodBy: false, former: [] };
  const warn = (message: string): void => {
    emit({ type: 'warning', message });
  };
  if (stoodBy)
    emit({ type: 'recovering', message: 'taking over: looking up what the other worker has sent' });
  else if (!positions.left.clean && producer.trail !== undefined) {
    emit({ type: 'recovering', message: 'the last run did not end cleanly: looking up what has arrived' });
  }
  const options = { connector, admin, producer, positions, topics, stoodBy, former, warn };
  return Recovery.start(options, stop);
}

interface RunningOptions {
  readonly definition: ConnectorDefinition;
  readonly context: RunnerContext;
  readonly connector: Feed;
  readonly producer: Producer;
  readonly positions: Positions;
  readonly recovery: Recovery | null;
  readonly deadLetters: DeadLetters | null;
}

class RunningSource {
  readonly #definition: ConnectorDefinition;
  readonly #context: RunnerContext;
  readonly #connector: Feed;
  readonly #producer: Producer;
  readonly #positions: Positions;
  readonly #recovery: Recovery | null;
  readonly #deadLetters: DeadLetters | null;
  readonly #tasks: TaskSet;

  constructor(options: RunningOptions) {
    this.#definition = options.definition;
    this.#context = options.context;
    this.#connector = options.connector;
    this.#producer = options.producer;
    this.#positions = options.positions;
    this.#recovery = options.recovery;
    this.#deadLetters = options.deadLetters;
    const { monitor, once, emit } = options.context;
    this.#tasks = new TaskSet(monitor, restartPolicy(options.definition, once), emit);
    options.context.has(this.#tasks);
  }

  async run(): Promise<TaskEnd | 'failed'> {
    const { stop, once } = this.#context;
    const planning = new AbortController();
    const stopTasks = (): void => void this.#tasks.stop();
    try {
      await this.#plan();
      this.#context.monitor.is('running');
      this.#context.emit({
        type: 'connector_started',
        message: `started with ${count(this.#tasks.size, 'task')}`,
      });
      stop.addEventListener('abort', stopTasks, { once: true });
      if (stop.aborted) stopTasks();
      if (!once) await this.#watch(AbortSignal.any([stop, planning.signal]));
      const ends = await this.#tasks.ended();
      if (ends.includes('failed')) return 'failed';
      return ends.includes('stopped') || stop.aborted ? 'stopped' : 'finished';
    } finally {
      stop.removeEventListener('abort', stopTasks);
      planning.abort();
      await this.#tasks.stop();
    }
  }

  /** Follows the connector's changes until it says that nothing can change any more, or `signal` aborts. */
  async #watch(signal: AbortSignal): Promise<void> {
    if (this.#connector.watch === undefined) return;
    const failed = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const changed = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        this.#plan().catch((error: unknown) => {
          failed.abort(error);
        });
      }, settleMs);
    };
    try {
      await this.#connector.watch(changed, AbortSignal.any([signal, failed.signal]));
      failed.signal.throwIfAborted();
    } finally {
      clearTimeout(timer);
    }
  }

  async #plan(): Promise<void> {
    const { emit } = this.#context;
    const before = this.#tasks.size;
    const tasks = await this.#connector.tasks(this.#definition.tasks);
    await this.#tasks.apply(tasks.map((task, number) => this.#taskPlan(task, number)));
    if (before > 0 && before !== tasks.length) {
      emit({ type: 'tasks_changed', message: `now ${count(tasks.length, 'task')}` });
    }
  }

  #taskPlan(task: JsonObject, number: number): TaskPlan {
    return {
      key: JSON.stringify(task),
      run: (monitor, stop) => this.#runTask(task, number, monitor, stop),
    };
  }

  async #runTask(
    config: JsonObject,
    number: number,
    monitor: TaskMonitor,
    stop: AbortSignal,
  ): Promise<TaskEnd> {
    const context = this.#context;
    const way = await this.#connector.open(config, {
      task: number,
      producer: this.#producer,
      positions: this.#positions,
      recovery: this.#recovery,
      monitor,
    });
    try {
      monitor.is('running');
      const run = new SourceRun({
        way,
        producer: this.#producer,
        positions: this.#positions,
        monitor,
        filled: context.filled,
        recovery: this.#recovery,
        badRecords: new BadRecords(this.#definition, this.#deadLetters, monitor, context.log),
        retry: retryPolicy(this.#definition, context.once),
        inFlight: context.inFlight,
        kill: context.kill,
      });
      try {
        return await run.run(stop);
      } finally {
        run.close();
      }
    } finally {
      await way.close();
    }
  }
}
