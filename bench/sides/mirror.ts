/** From one RocketMQ to another. */
import { rm } from 'node:fs/promises';
import { topicCount } from '../far-end/topic.js';
import type { Figures } from '../figures.js';
import type { NamedSide, Stage } from '../scenario.js';
import { fresh } from './fresh.js';
import type { FilledTopic } from './out-of-topic.js';
import { transfer } from './transfer.js';
import { startWorker, writeJob } from './worker.js';

/** Queue for queue, exactly once: each run under a name of its own into a topic of its own. */
export function mirrorOf(stage: Stage, { topic, rocketmq: from, bytes, count }: FilledTopic): NamedSide {
  return {
    name: 'rmq-connect',
    open: async () => {
      const to = await stage.places.secondRocketmq();
      return {
        run: async (): Promise<Figures> => {
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
          const figures = await transfer({
            start: () => startWorker(job, { once: true }),
            brokerPids: [from.brokerPid, to.brokerPid],
            count: topicCount(to.cluster.admin, `${route}_${topic}`),
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
