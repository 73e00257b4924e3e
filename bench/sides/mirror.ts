/** From one RocketMQ to another. */
import { rm } from 'node:fs/promises';
import { topicCount } from '../far-end/topic.js';
import type { Figures } from '../figures.js';
import { stored } from '../far-end/stored.js';
import { megabytes } from '../meters/arrival.js';
import { ProcessMeter } from '../meters/process-meter.js';
import type { Rocketmq } from '../places/places.js';
import type { NamedSide, Stage } from '../scenario.js';
import { quantile } from '../statistics.js';
import { fresh } from './fresh.js';
import type { FilledTopic } from './out-of-topic.js';
import { runProgram } from './program.js';
import { transfer } from './transfer.js';
import { startWorker, writeJob, type WorkerRun } from './worker.js';

/** Queue for queue, exactly once: each run under a name of its own into a topic of its own. */
export function mirrorOf(stage: Stage, { topic, rocketmq: from, bytes, count }: FilledTopic): NamedSide {
  return {
    name: 'rmq-connect',
    open: async () => {
      const to = await stage.places.secondRocketmq();
      return {
        run: async (): Promise<Figures> => {
          const { job, target } = await writeRoute(stage, from, to, topic);
          const figures = await transfer({
            start: () => startWorker(job, { once: true }),
            brokerPids: [from.brokerPid, to.brokerPid],
            count: topicCount(to.cluster.admin, target),
            total: count,
            recordBytes: bytes,
            endsItself: true,
          });
          await rm(job.dataDir, { recursive: true });
          return figures;
        },
      };
    },
  };
}

/** Of a route of its own: its job, and what the topic is called in the target. */
async function writeRoute(
  stage: Stage,
  from: Rocketmq,
  to: Rocketmq,
  topic: string,
): Promise<{ readonly job: WorkerRun; readonly target: string }> {
  const route = fresh('route');
  const job = await writeJob(stage, {
    connectors: {
      [route]: {
        mirror: 'rocketmq',
        config: {
          from: { name: 'from', nameserver: from.nameserver },
          to: { name: 'to', nameserver: to.nameserver },
          topics: [topic],
          rename: `${route}_{topic}`,
        },
      },
    },
  });
  return { job, target: `${route}_${topic}` };
}

/** Messages at a rate through one queue: how long after a message is stored in the source it is stored in the target. */
export function steadyMirror(
  stage: Stage,
  load: { readonly count: number; readonly rate: number; readonly skipped: number },
): NamedSide {
  return {
    name: 'rmq-connect',
    open: async () => {
      const [from, to] = [await stage.places.rocketmq(), await stage.places.secondRocketmq()];
      return {
        run: async (): Promise<Figures> => {
          const topic = fresh('steady');
          await from.cluster.admin.createTopic({ topic, queues: 1 });
          const { job, target } = await writeRoute(stage, from, to, topic);
          const worker = startWorker(job, { once: false });
          const resources = new ProcessMeter(worker.pid);
          try {
            const { count, rate, skipped } = load;
            await runProgram('steady-send', { nameserver: from.nameserver, topic, count, rate });
            const sent = await stored(from.cluster, topic, count);
            const arrived = await stored(to.cluster, target, count);
            const took = arrived.map((at, index) => at - (sent[index] ?? NaN)).slice(skipped);
            const sorted = took.sort((a, b) => a - b);
            return {
              p50_ms: quantile(sorted, 0.5),
              p99_ms: quantile(sorted, 0.99),
              peak_mb: megabytes(resources.look().peakBytes),
            };
          } finally {
            await worker.stop();
          }
        },
      };
    },
  };
}
