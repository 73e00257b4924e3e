import type { SinkDefinition } from '../job/definition.js';
import { pluginDelivery } from '../job/delivery.js';
import type { Consumer, Queue } from '../rocketmq/cluster.js';
import type { SinkConnector } from '../sdk/index.js';
import { BadRecords } from './bad-records.js';
import { DeadLetters } from './dead-letters.js';
import { needingPerson } from './failure.js';
import type { TaskMonitor } from './monitor.js';
import type { Outputs } from './outputs.js';
import { dealQueues } from './queue-deal.js';
import { queueName } from '../rocketmq/queue-name.js';
import { QueueMarks } from './queue-marks.js';
import { queueEnds } from './queue-ends.js';
import {
  connectorContext,
  count,
  recordTimeoutMs,
  restartPolicy,
  retryPolicy,
  sinkContext,
  type RunnerContext,
} from './runner.js';
import { Changes } from './changes.js';
import { SharingNews, succeed } from './sharing.js';
import { SinkRun } from './sink-run.js';
import type { TaskEnd } from './supervise.js';
import { TaskSet, type TaskPlan } from './task-set.js';

/**
 * Runs a sink connector until it is stopped, or, when `sourcesEnded` is given, until it has written
 * everything that is in its queues once that resolves.
 */
export async function runSink(
  definition: SinkDefinition,
  context: RunnerContext,
  outputs: Outputs,
  sourcesEnded: Promise<void> | null,
): Promise<TaskEnd | 'failed'> {
  await context.topics.ensure(definition, definition.topics);
  const consumer = await openConsumer(definition, context);
  try {
    await succeed(consumer, context.store, outputs.deadMembers);
    const deadLetters = await DeadLetters.open(definition, context);
    try {
      return await runConnector(definition, context, outputs, consumer, deadLetters, sourcesEnded);
    } finally {
      await deadLetters?.close();
    }
  } finally {
    await closeConsumer(consumer, context);
  }
}

/** What the tasks keep beside what they write; null where they keep none. */
interface Kept {
  readonly deadLetters: DeadLetters | null;
  readonly marks: QueueMarks | null;
}

async function runConnector(
  definition: SinkDefinition,
  context: RunnerContext,
  outputs: Outputs,
  consumer: Consumer,
  deadLetters: DeadLetters | null,
  sourcesEnded: Promise<void> | null,
): Promise<TaskEnd | 'failed'> {
  const keepsOffsets = consumer.offsetsLast && pluginDelivery(definition).delivery === 'exactly_once';
  const delivery = keepsOffsets ? 'exactly_once' : 'at_least_once';
  // Messages that are acknowledged one by one have offsets of this client's own.
  const marks =
    consumer.deliveries() === null ? await QueueMarks.load(context.store, context.cluster.admin) : null;
  try {
    outputs.begun();
    const connector = await definition.sink.start(
      definition.config,
      sinkContext(definition, context, delivery, outputs.undisturbed),
    );
    try {
      return await runTasks(definition, context, connector, consumer, { deadLetters, marks }, sourcesEnded);
    } finally {
      await connector.close();
      outputs.done();
    }
  } finally {
    await marks?.close();
  }
}

/** What was delivered and not acknowledged is remembered: the next run has to wait for it. */
async function openConsumer(
  { group, topics }: SinkDefinition,
  { cluster, monitor, store }: RunnerContext,
): Promise<Consumer> {
  const leftBehind = (await store.deliveries.read())?.pending ?? false;
  const consumer = await needingPerson(cluster.consumer(group, topics, { leftBehind }));
  monitor.asksDeliveries(() => consumer.deliveries());
  monitor.shares(() => consumer.share());
  if (consumer.deliveries() !== null) {
    await store.deliveries.write({ version: 1, pending: true }, { durable: true });
  }
  return consumer;
}

async function closeConsumer(consumer: Consumer, { store }: RunnerContext): Promise<void> {
  const isClean = consumer.deliveries()?.pending === false;
  await consumer.close();
  if (isClean) await store.deliveries.write({ version: 1, pending: false }, { durable: true });
}

async function runTasks(
  definition: SinkDefinition,
  context: RunnerContext,
  connector: SinkConnector,
  consumer: Consumer,
  kept: Kept,
  sourcesEnded: Promise<void> | null,
): Promise<TaskEnd | 'failed'> {
  const { stop, monitor, once, emit } = context;
  const endOf = sourcesEnded === null ? null : queueEnds(consumer, context.filled, sourcesEnded);
  const tasks = new TaskSet(monitor, restartPolicy(definition, once), emit);
  context.has(tasks);
  const news = new SharingNews(context);
  const changes = new Changes(stop);
  let hands: readonly (readonly Queue[])[] = [];
  const deal = async (queues: readonly Queue[]): Promise<void> => {
    const names = new Set(queues.map(queueName));
    const gone = hands.flat().filter((queue) => !names.has(queueName(queue)));
    hands = dealQueues(queues, definition.tasks, hands);
    await tasks.apply(
      hands.map((hand, number) =>
        taskPlan(definition, context, connector, consumer, kept, hand, number, endOf),
      ),
    );
    // Another member goes on there; when they come back, it is where that member leaves them.
    const given = gone.filter((queue) => consumer.hold(queue) === 'held');
    if (given.length > 0) await connector.offsets?.forget(given);
    news.tell(queues, consumer.share());
    changes.note();
  };
  const stopTasks = (): void => void tasks.stop();
  try {
    consumer.onQueuesChanged(deal);
    const queues = await consumer.queues();
    if (hands.length === 0) await deal(queues);
    monitor.is('running');
    emit({ type: 'connector_started', message: `started with ${count(tasks.size, 'task')}` });
    stop.addEventListener('abort', stopTasks, { once: true });
    if (stop.aborted) stopTasks();
    for (;;) {
      const next = changes.next();
      const results = await tasks.ended();
      if (results.includes('failed')) return 'failed';
      if (stop.aborted) return 'stopped';
      if (once && (consumer.share()?.awaited ?? []).length === 0) return 'finished';
      // Nothing falls to this member at the moment, or not yet.
      await next;
    }
  } finally {
    stop.removeEventListener('abort', stopTasks);
    await tasks.stop();
  }
}

function taskPlan(
  definition: SinkDefinition,
  context: RunnerContext,
  connector: SinkConnector,
  consumer: Consumer,
  { deadLetters, marks }: Kept,
  queues: readonly Queue[],
  number: number,
  endOf: ((queue: Queue) => Promise<number>) | null,
): TaskPlan {
  const run = async (monitor: TaskMonitor, stop: AbortSignal): Promise<TaskEnd> => {
    const task = await connector.open({ ...connectorContext(definition, context), task: number });
    try {
      monitor.is('running');
      return await new SinkRun({
        definition,
        task,
        offsets: connector.offsets ?? null,
        consumer,
        queues,
        endOf,
        monitor,
        marks,
        warn: (message) => {
          context.emit({ type: 'warning', task: number, message });
        },
        badRecords: new BadRecords(definition, deadLetters, monitor, context.log),
        retry: retryPolicy(definition, context.once),
        inFlight: context.inFlight,
        recordTimeoutMs: recordTimeoutMs(definition),
        kill: context.kill,
      }).run(stop);
    } finally {
      await task.close();
    }
  };
  return { key: queues.map(queueName).join(' '), run };
}
