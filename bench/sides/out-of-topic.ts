/** Ways to read a topic from its start, each run as a group of its own. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../test/rig/until.js';
import { lineCount } from '../far-end/file.js';
import { Told } from '../far-end/told.js';
import { topicCount } from '../far-end/topic.js';
import type { Figures } from '../figures.js';
import { startConnect } from '../kafka/connect.js';
import { writeInput } from '../load.js';
import type { MeasuredProcess } from '../measured-process.js';
import type { Moment } from '../meters/arrival.js';
import type { Rocketmq } from '../places/places.js';
import type { NamedSide, Stage } from '../scenario.js';
import { fresh } from './fresh.js';
import { fillKafka, type IntoTopic } from './into-topic.js';
import { startJava } from './java.js';
import { runProgram, startProgram } from './program.js';
import { transfer } from './transfer.js';
import { startWorker, writeJob } from './worker.js';

/** A topic of RocketMQ with so many messages in it, filled once. */
export interface FilledTopic extends IntoTopic {
  readonly topic: string;
  readonly rocketmq: Rocketmq;
}

export async function fillTopic({ places }: Stage, of: IntoTopic): Promise<FilledTopic> {
  const rocketmq = await places.rocketmq();
  const topic = fresh('filled');
  await rocketmq.cluster.admin.createTopic({ topic, queues: of.queues });
  await runProgram('bare-send', { nameserver: rocketmq.nameserver, topic, ...of });
  await untilShown(rocketmq, topic, of.count);
  return { ...of, topic, rocketmq };
}

/** A broker shows what it has acknowledged some time later: what is measured would end at the end it shows then. */
async function untilShown({ cluster }: Rocketmq, topic: string, count: number): Promise<void> {
  const shown = topicCount(cluster.admin, topic);
  await until(
    `${String(count)} messages to be readable in ${topic}`,
    async () => (await shown()) >= count || undefined,
    { deadlineMs: 120_000 },
  );
}

/** Into one file. */
export function workerOutOf(
  stage: Stage,
  filled: FilledTopic,
  alsoShows?: (moments: readonly Moment[]) => Figures,
): NamedSide {
  const { topic, rocketmq, bytes, count } = filled;
  const run = async (): Promise<Figures> => {
    const output = join(stage.folder, fresh('out'));
    const connectors = { write: { sink: 'file', topic, group: fresh('worker'), config: { path: output } } };
    const job = await writeJob(stage, {
      rocketmq: { nameserver: rocketmq.nameserver },
      connectors,
    });
    const figures = await transfer({
      start: () => startWorker(job, { once: true }),
      brokerPids: [rocketmq.brokerPid],
      count: lineCount(output, bytes + 1),
      total: count,
      recordBytes: bytes,
      endsItself: true,
      ...(alsoShows === undefined ? {} : { alsoShows }),
    });
    await rm(output);
    return figures;
  };
  return { name: 'rmq-connect', open: () => Promise.resolve({ run }) };
}

/** The wire client, which only counts. */
export function barePull(filled: FilledTopic): NamedSide {
  const { topic, rocketmq, count } = filled;
  return told('bare-pull', filled, (onOutput) =>
    startProgram(
      'bare-pull',
      { nameserver: rocketmq.nameserver, topic, group: fresh('bare-pull'), count },
      onOutput,
    ),
  );
}

/** RocketMQ's Java lite pull consumer, which only counts. */
export function javaPull(filled: FilledTopic): NamedSide {
  const { topic, rocketmq, count } = filled;
  return told('java-pull', filled, (onOutput) =>
    startJava('LitePull', [rocketmq.nameserver, fresh('java-pull'), topic, String(count)], onOutput),
  );
}

function told(
  name: string,
  { rocketmq, count, bytes }: FilledTopic,
  start: (onOutput: (text: string) => void) => MeasuredProcess | Promise<MeasuredProcess>,
): NamedSide {
  const run = (): Promise<Figures> => {
    const says = new Told();
    return transfer({
      start: () =>
        start((text) => {
          says.take(text);
        }),
      brokerPids: [rocketmq.brokerPid],
      count: says.count,
      total: count,
      recordBytes: bytes,
      endsItself: true,
    });
  };
  return { name, open: () => Promise.resolve({ run }) };
}

/** Kafka Connect standalone, one task, from Kafka into one file. */
export function kafkaConnectOutOf(stage: Stage, of: IntoTopic): NamedSide {
  return {
    name: 'kafka-connect',
    open: async () => {
      const kafka = await stage.places.kafka();
      const topic = fresh('kafka-filled');
      const input = await writeInput(stage.folder, { files: 4, lines: of.count, bytes: of.bytes });
      await fillKafka(stage, kafka, topic, of, input);
      return {
        run: async () => {
          const folder = join(stage.folder, fresh('connect'));
          const output = join(stage.folder, fresh('out'));
          const figures = await transfer({
            start: () => startConnect(kafka, { folder, topic, partitions: of.queues, inputs: [], output }),
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
