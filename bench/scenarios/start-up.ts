import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { topicCount } from '../far-end/topic.js';
import type { Figures } from '../figures.js';
import { writeInput } from '../load.js';
import { startMeasured } from '../measured-process.js';
import { bin } from '../places/embedded.js';
import type { NamedSide, Scenario, Stage } from '../scenario.js';
import { fresh } from '../sides/fresh.js';
import { startProgram } from '../sides/program.js';
import { transfer } from '../sides/transfer.js';
import { startWorker, writeJob } from '../sides/worker.js';

const oftenMs = 2;

/** From the start of the process to the first record in the topic, which is there already. */
export const firstRecord: Scenario = {
  name: 'start-up',
  about: 'from the start of the process to the first line of a file in a topic',
  compares: 'first_record_ms',
  bars: [{ figure: 'first_record_ms', atMost: 600 }],
  prepare: async (stage) => {
    const input = await writeInput(stage.folder, { files: 1, lines: 1, bytes: 100 });
    return {
      measured: firstRecordOf('rmq-connect', stage, async (topic, nameserver) => {
        const connectors = { read: { source: 'file', topic, config: { path: input.glob } } };
        const job = await writeJob(stage, { rocketmq: { nameserver }, connectors });
        return startWorker(job, { once: true });
      }),
      references: [
        firstRecordOf('bare-send', stage, (topic, nameserver) =>
          startProgram('bare-send', { nameserver, topic, count: 1, bytes: 100, queues: 1 }),
        ),
      ],
    };
  },
};

function firstRecordOf(
  name: string,
  { places }: Stage,
  start: (
    topic: string,
    nameserver: string,
  ) => ReturnType<typeof startWorker> | Promise<ReturnType<typeof startWorker>>,
): NamedSide {
  return {
    name,
    open: async () => {
      const { cluster, nameserver, brokerPid } = await places.rocketmq();
      return {
        run: async (): Promise<Figures> => {
          const topic = fresh('start-up');
          await cluster.admin.createTopic({ topic, queues: 4 });
          const { first_record_ms, peak_mb } = await transfer({
            start: () => start(topic, nameserver),
            brokerPids: [brokerPid],
            count: topicCount(cluster.admin, topic),
            total: 1,
            recordBytes: 100,
            endsItself: true,
            everyMs: oftenMs,
          });
          return { first_record_ms: first_record_ms ?? null, peak_mb: peak_mb ?? null };
        },
      };
    },
  };
}

/** Commands that look, from the start of the process to its end. */
export const commands: readonly Scenario[] = [
  command('start-help', '--help', () => Promise.resolve(['--help'])),
  command('start-validate', 'validate, of a job file', async ({ folder }) => [
    'validate',
    await jobFile(folder),
  ]),
  command(
    'start-offsets',
    'offsets show, of a job that has run on the embedded broker',
    async ({ folder }) => {
      const dataDir = join(folder, 'data');
      const once = ['run', await jobFile(folder), '--once', '--data-dir', dataDir];
      await startMeasured(process.execPath, [bin, ...once], { cwd: folder }).ended;
      return ['offsets', 'show', '--data-dir', dataDir];
    },
  ),
];

function command(name: string, about: string, prepare: (stage: Stage) => Promise<string[]>): Scenario {
  return {
    name,
    about: `the command ${about}: from the start of its process to the end`,
    compares: 'time_ms',
    bars: [{ figure: 'time_ms', atMost: 300 }],
    prepare: async (stage) => {
      const args = await prepare(stage);
      return {
        measured: timed('rmq-connect', stage, [bin, ...args]),
        references: [timed('node', stage, ['--eval', '0'])],
      };
    },
  };
}

function timed(name: string, { folder }: Stage, args: readonly string[]): NamedSide {
  const run = async (): Promise<Figures> => {
    const { startedAt, ended } = startMeasured(process.execPath, args, { cwd: folder });
    await ended;
    return { time_ms: performance.now() - startedAt };
  };
  return { name, open: () => Promise.resolve({ run }) };
}

async function jobFile(folder: string): Promise<string> {
  const { glob } = await writeInput(folder, { files: 2, lines: 100, bytes: 100 });
  const topic = 'start-up';
  const connectors = {
    read: { source: 'file', topic, config: { path: glob } },
    write: { sink: 'file', topic, config: { path: join(folder, 'out.txt') } },
  };
  const file = join(folder, 'job.yaml');
  await writeFile(file, JSON.stringify({ connectors }));
  return file;
}
