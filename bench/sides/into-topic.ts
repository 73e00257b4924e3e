/** Ways to fill a topic, each in runs with a topic of its own. */
import { join } from 'node:path';
import { topicCount } from '../far-end/topic.js';
import type { Figures } from '../figures.js';
import { startConnect } from '../kafka/connect.js';
import type { Kafka } from '../kafka/kafka.js';
import type { InputFiles } from '../load.js';
import type { MeasuredProcess } from '../measured-process.js';
import type { Moment } from '../meters/arrival.js';
import type { NamedSide, Stage } from '../scenario.js';
import { fresh } from './fresh.js';
import { startJava } from './java.js';
import { startProgram } from './program.js';
import { transfer } from './transfer.js';
import { scrape } from './scraped.js';
import { startWorker, writeJob } from './worker.js';

export interface IntoTopic {
  readonly queues: number;
  /** Records in all, and the bytes of each. */
  readonly count: number;
  readonly bytes: number;
}

/** Of the connectors that read `input` into `topic`. */
export type Connectors = (input: InputFiles, topic: string) => Readonly<Record<string, object>>;

/** One connector with a task for each file. */
export const oneConnector =
  (order: 'partition' | 'none' = 'partition'): Connectors =>
  (input, topic) => ({
    read: { source: 'file', topic, tasks: input.paths.length, order, config: { path: input.glob } },
  });

/** As many connectors as files. */
export const connectorEachFile: Connectors = (input, topic) =>
  Object.fromEntries(
    input.paths.map((path, n) => [`read-${String(n)}`, { source: 'file', topic, config: { path } }]),
  );

export function workerInto(
  name: string,
  stage: Stage,
  of: IntoTopic,
  input: InputFiles,
  connectors: Connectors,
  alsoShows?: (moments: readonly Moment[]) => Figures,
): NamedSide {
  return intoRocketmq(name, stage, { ...of, count: input.lines }, alsoShows, async (topic, nameserver) =>
    startWorker(await writeJob(stage, { rocketmq: { nameserver }, connectors: connectors(input, topic) }), {
      once: true,
    }),
  );
}

/** A worker that goes on until it is stopped. `scrapeEveryMs`: how often its API is asked for its metrics; null: it has none. */
export function workerServing(
  name: string,
  stage: Stage,
  of: IntoTopic,
  input: InputFiles,
  scrapeEveryMs: number | null,
): NamedSide {
  return intoRocketmq(
    name,
    stage,
    { ...of, count: input.lines },
    undefined,
    async (topic, nameserver) => {
      const job = { rocketmq: { nameserver }, connectors: oneConnector()(input, topic) };
      const run = await writeJob(stage, job);
      const worker = startWorker(run, { once: false, api: scrapeEveryMs !== null });
      if (scrapeEveryMs === null) return worker;
      const scraped = scrape(worker, run.dataDir, scrapeEveryMs);
      scraped.catch(() => undefined);
      // It counts only where it was scraped.
      return { ...worker, stop: () => worker.stop().then(() => scraped) };
    },
    false,
  );
}

/** The wire client without anything around it. */
export function bareSend(stage: Stage, of: IntoTopic): NamedSide {
  return intoRocketmq('bare-send', stage, of, undefined, (topic, nameserver) =>
    startProgram('bare-send', { nameserver, topic, ...of }),
  );
}

/** RocketMQ's Java producer, a batch in flight for each queue. */
export function javaSend(stage: Stage, of: IntoTopic): NamedSide {
  const batch = Math.max(1, Math.min(1_000, Math.floor((2 * 1024 * 1024) / of.bytes)));
  return intoRocketmq('java-send', stage, of, undefined, (topic, nameserver) =>
    startJava('BatchSend', [nameserver, topic, ...[of.count, of.bytes, batch].map(String)]),
  );
}

/** A program that fills a topic which is made for it. */
export function intoRocketmq(
  name: string,
  { places }: Stage,
  { queues, count, bytes }: IntoTopic,
  alsoShows: ((moments: readonly Moment[]) => Figures) | undefined,
  start: (topic: string, nameserver: string) => MeasuredProcess | Promise<MeasuredProcess>,
  endsItself = true,
): NamedSide {
  return {
    name,
    open: async () => {
      const { cluster, nameserver, brokerPid } = await places.rocketmq();
      return {
        run: async () => {
          const topic = fresh(name);
          await cluster.admin.createTopic({ topic, queues });
          return transfer({
            start: () => start(topic, nameserver),
            brokerPids: [brokerPid],
            count: topicCount(cluster.admin, topic),
            total: count,
            recordBytes: bytes,
            endsItself,
            ...(alsoShows === undefined ? {} : { alsoShows }),
          });
        },
      };
    },
  };
}

/** Kafka Connect standalone, a connector for each file, into Kafka. */
export function kafkaConnectInto(stage: Stage, of: IntoTopic, input: InputFiles): NamedSide {
  return {
    name: 'kafka-connect',
    open: async () => {
      const kafka = await stage.places.kafka();
      return { run: () => fillKafka(stage, kafka, fresh('kafka'), of, input) };
    },
  };
}

export function fillKafka(
  stage: Stage,
  kafka: Kafka,
  topic: string,
  { queues, bytes }: IntoTopic,
  input: InputFiles,
): Promise<Figures> {
  const { paths: inputs, lines } = input;
  const folder = join(stage.folder, fresh('connect'));
  return transfer({
    start: () => startConnect(kafka, { folder, topic, partitions: queues, inputs, output: null }),
    brokerPids: [kafka.pid],
    count: () => kafka.end(topic, queues),
    total: lines,
    recordBytes: bytes,
    endsItself: false,
  });
}
