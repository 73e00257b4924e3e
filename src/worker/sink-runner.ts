import type { SinkDefinition } from '../job/definition.js';
import type { Consumer, Queue } from '../rocketmq/cluster.js';
import type { SinkConnector } from '../sdk/index.js';
import { BadRecords } from './bad-records.js';
import { DeadLetters } from './dead-letters.js';
import { needingPerson } from './failure.js';
import type { TaskMonitor } from './monitor.js';
import { dealQueues, queueName } from './queue-deal.js';
import { queueEnds } from './queue-ends.js';
import {
  connectorContext,
  count,
  recordTimeoutMs,
  restartPolicy,
  retryPolicy,
  type RunnerContext,
} from './runner.js';
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
  sourcesEnded: Promise<void> | null,
): Promise<TaskEnd | 'failed'> {
  await context.topics.ensure(definition, definition.topics);
  const consumer = await needingPerson(context.cluster.consumer(definition.group, definition.topics));
  context.monitor.asksDeliveries(() => consumer.deliveries());
  try {
    const deadLetters = await DeadLetters.open(definition, context);
    try {
      return await runConnector(definition, context, consumer, deadLetters, sourcesEnded);
    } finally {
      await deadLetters?.close();
    }
  } finally {
    await consumer.close();
  }
}

async function runConnector(
  definition: SinkDefinition,
  context: RunnerContext,
  consumer: Consumer,
  deadLetters: DeadLetters | null,
  sourcesEnded: Promise<void> | null,
): Promise<TaskEnd | 'failed'> {
  const connector = await definition.sink.start(definition.config, connectorContext(definition, context));
  try {
    return await runTasks(definition, context, connector, consumer, deadLetters, sourcesEnded);
  } finally {
    await connector.close();
  }
}

async function runTasks(
  definition: SinkDefinition,
  context: RunnerContext,
  connector: SinkConnector,
  consumer: Consumer,
  deadLetters: DeadLetters | null,
  sourcesEnded: Promise<void> | null,
): Promise<TaskEnd | 'failed'> {
  const { stop, monitor, once, emit } = context;
  const ends = sourcesEnded === null ? null : sourcesEnded.then(() => queueEnds(consumer, context.filled));
  // Every task awaits it; where there is none, nobody does.
  ends?.catch(() => undefined);
  const tasks = new TaskSet(monitor, restartPolicy(once), emit);
  const deal = (queues: readonly Queue[]): Promise<void> =>
    tasks.apply(
      dealQueues(queues, definition.tasks).map((hand, number) =>
        taskPlan(definition, context, connector, consumer, deadLetters, hand, number, ends),
      ),
    );
  const stopTasks = (): void => void tasks.stop();
  try {
    await deal(await consumer.queues());
    monitor.is('running');
    emit({ type: 'connector_started', message: `started with ${count(tasks.size, 'task')}` });
    consumer.onQueuesChanged((queues) => {
      emit({ type: 'tasks_changed', message: `now ${count(queues.length, 'queue')}` });
      void deal(queues);
    });
    stop.addEventListener('abort', stopTasks, { once: true });
    if (stop.aborted) stopTasks();
    const results = await tasks.ended();
    if (results.includes('failed')) return 'failed';
    return stop.aborted ? 'stopped' : 'finished';
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
  deadLetters: DeadLetters | null,
  queues: readonly Queue[],
  number: number,
  ends: Promise<ReadonlyMap<string, number>> | null,
): TaskPlan {
  const run = async (monitor: TaskMonitor, stop: AbortSignal): Promise<TaskEnd> => {
    const task = await connector.open({ ...connectorContext(definition, context), task: number });
    try {
      monitor.is('running');
      return await new SinkRun({
        definition,
        task,
        consumer,
        queues,
        ends,
        monitor,
        warn: (message) => {
          context.emit({ type: 'warning', task: number, message });
        },
        badRecords: new BadRecords(definition, deadLetters, monitor, context.log),
        retry: retryPolicy(definition, context.once),
        recordTimeoutMs: recordTimeoutMs(definition),
        kill: context.kill,
      }).run(stop);
    } finally {
      await task.close();
    }
  };
  return { key: queues.map(queueName).join(' '), run };
}
