import type { SinkDefinition } from '../job/definition.js';
import { pluginDelivery } from '../job/delivery.js';
import type { Consumer, Queue } from '../rocketmq/cluster.js';
import type { SinkConnector } from '../sdk/index.js';
import { needingPerson } from './failure.js';
import type { TaskMonitor } from './monitor.js';
import { dealQueues, queueName } from './queue-deal.js';
import { queueEnds } from './queue-ends.js';
import {
  connectorContext,
  count,
  giveUpAfterMs,
  restartPolicy,
  retryBackoff,
  sinkContext,
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
  context.monitor.counts(() => consumer.deliveries());
  try {
    const delivery = consumer.offsetsLast ? pluginDelivery(definition).delivery : 'at_least_once';
    const connector = await definition.sink.start(
      definition.config,
      sinkContext(definition, context, delivery),
    );
    try {
      return await runTasks(definition, context, connector, consumer, sourcesEnded);
    } finally {
      await connector.close();
    }
  } finally {
    await consumer.close();
  }
}

async function runTasks(
  definition: SinkDefinition,
  context: RunnerContext,
  connector: SinkConnector,
  consumer: Consumer,
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
        taskPlan(definition, context, connector, consumer, hand, number, ends),
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
        retry: { backoff: retryBackoff, giveUpAfterMs: giveUpAfterMs(context.once) },
        kill: context.kill,
      }).run(stop);
    } finally {
      await task.close();
    }
  };
  return { key: queues.map(queueName).join(' '), run };
}
