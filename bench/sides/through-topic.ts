/** Ways through a topic: in and out at the same time. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lineCount } from '../far-end/file.js';
import { Told } from '../far-end/told.js';
import { committedCount, topicCount } from '../far-end/topic.js';
import { startConnect } from '../kafka/connect.js';
import type { InputFiles } from '../load.js';
import type { NamedSide, Stage } from '../scenario.js';
import { fresh } from './fresh.js';
import type { IntoTopic } from './into-topic.js';
import { startProgram } from './program.js';
import { transfer } from './transfer.js';
import { startWorker, writeJob } from './worker.js';

/** Files into one file. `embedded`: on the broker in the worker's own process. */
export function workerThrough(
  name: string,
  stage: Stage,
  of: IntoTopic,
  input: InputFiles,
  { embedded = false } = {},
): NamedSide {
  return {
    name,
    open: async () => {
      const rocketmq = embedded ? null : await stage.places.rocketmq();
      return {
        run: async () => {
          const topic = fresh('through');
          const output = join(stage.folder, fresh('out'));
          const job = await writeJob(stage, {
            ...(rocketmq === null ? {} : { rocketmq: { nameserver: rocketmq.nameserver } }),
            connectors: {
              read: {
                source: 'file',
                topic,
                tasks: input.paths.length,
                topic_queues: of.queues,
                config: { path: input.glob },
              },
              write: { sink: 'file', topic, group: fresh('worker'), config: { path: output } },
            },
          });
          const figures = await transfer({
            start: () => startWorker(job, { once: true }),
            brokerPids: rocketmq === null ? [] : [rocketmq.brokerPid],
            count: lineCount(output, of.bytes + 1),
            total: input.lines,
            recordBytes: of.bytes,
            endsItself: true,
          });
          await Promise.all([rm(output), rm(job.dataDir, { recursive: true })]);
          return figures;
        },
      };
    },
  };
}

/** Made-up records, printed to a stdout that nobody reads; counted by what the sink's group commits. */
export function generateToNull(stage: Stage, { count, bytes, queues }: IntoTopic): NamedSide {
  return {
    name: 'rmq-connect',
    open: async () => {
      const { cluster, nameserver, brokerPid } = await stage.places.rocketmq();
      const template = `{n} ${'x'.repeat(bytes - 8)}`;
      return {
        run: async () => {
          const topic = fresh('generated');
          const group = fresh('null');
          await cluster.admin.createTopic({ topic, queues });
          const job = await writeJob(stage, {
            rocketmq: { nameserver },
            connectors: {
              make: {
                source: 'generate',
                topic,
                tasks: queues,
                config: { rate: 'unlimited', count, template },
              },
              print: { sink: 'console', topic, group },
            },
          });
          const stored = topicCount(cluster.admin, topic);
          return transfer({
            start: () => startWorker(job, { once: true }),
            brokerPids: [brokerPid],
            count: committedCount(cluster.admin, group, topic),
            hasBegun: async () => (await stored()) > 0,
            total: count,
            recordBytes: bytes,
            endsItself: true,
          });
        },
      };
    },
  };
}

/** The wire client, sending and pulling in one process. */
export function bareCopy(stage: Stage, of: IntoTopic): NamedSide {
  return {
    name: 'bare-copy',
    open: async () => {
      const { cluster, nameserver, brokerPid } = await stage.places.rocketmq();
      return {
        run: async () => {
          const topic = fresh('bare-copy');
          await cluster.admin.createTopic({ topic, queues: of.queues });
          const says = new Told();
          return transfer({
            start: () =>
              startProgram('bare-copy', { nameserver, topic, group: fresh('bare-copy'), ...of }, (text) => {
                says.take(text);
              }),
            brokerPids: [brokerPid],
            count: says.count,
            total: of.count,
            recordBytes: of.bytes,
            endsItself: true,
          });
        },
      };
    },
  };
}

/** Kafka Connect standalone: files into Kafka, and from there into one file. */
export function kafkaConnectThrough(stage: Stage, of: IntoTopic, input: InputFiles): NamedSide {
  return {
    name: 'kafka-connect',
    open: async () => {
      const kafka = await stage.places.kafka();
      return {
        run: async () => {
          const folder = join(stage.folder, fresh('connect'));
          const output = join(stage.folder, fresh('out'));
          const job = { folder, topic: fresh('kafka'), partitions: of.queues, inputs: input.paths, output };
          const figures = await transfer({
            start: () => startConnect(kafka, job),
            brokerPids: [kafka.pid],
            count: lineCount(output, of.bytes + 1),
            total: input.lines,
            recordBytes: of.bytes,
            endsItself: false,
          });
          await rm(output);
          return figures;
        },
      };
    },
  };
}
