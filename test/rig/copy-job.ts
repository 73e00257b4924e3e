/** A job that copies numbered lines from files through a topic into one file. */
import { stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compareLines, writeLines, type Arrival } from './lines.js';
import { ownedFolder, removeFolder } from './owned.js';
import { until } from './until.js';

export interface CopyJob {
  readonly folder: string;
  /** `run` and the job file, `--once`, and the data directory. */
  readonly runOnce: readonly string[];
  readonly dataDir: string;
  readonly topic: string;
  readonly group: string;
  readonly inputs: readonly string[];
  readonly inputBytes: number;
  readonly output: string;
  arrival(): Promise<Arrival>;
  /** Resolves when that part (0 to 1) of the input's bytes is in the output. */
  outputReaches(part: number): Promise<void>;
  remove(): Promise<void>;
}

export interface CopyOptions {
  /** Of all files together. */
  readonly lines: number;
  readonly files?: number;
  readonly tasks?: number;
  /** Default: the embedded broker. */
  readonly nameserver?: string;
  /** gRPC proxies; with a name server also, data goes through them. */
  readonly endpoints?: string;
  readonly topic?: string;
  /** Lines of YAML for both connectors, and for each alone. */
  readonly settings?: readonly string[];
  readonly sourceSettings?: readonly string[];
  readonly sinkSettings?: readonly string[];
  /** Where the sink writes, relative to the folder; many files of some 20,000 bytes where it has {number}. */
  readonly outputPath?: string;
}

export async function copyJob(options: CopyOptions): Promise<CopyJob> {
  const { lines, files = 4, tasks = 2, nameserver, endpoints, topic = 'copied-lines' } = options;
  const folder = await ownedFolder('copy');
  const inputs = Array.from({ length: files }, (_, n) => join(folder, `in-${String(n)}.log`));
  await Promise.all(inputs.map((path, n) => writeLines(path, n, Math.floor(lines / files))));
  const group = `${topic}-archive`;
  const job = join(folder, 'copy.yaml');
  const { settings = [], sourceSettings = [], sinkSettings = [], outputPath = './out.txt' } = options;
  const output = resolve(folder, outputPath);
  const dataDir = join(folder, 'data');
  await writeFile(
    job,
    jobText({
      ...{ nameserver, endpoints, topic, group, tasks, outputPath },
      sourceSettings: [...settings, ...sourceSettings],
      sinkSettings: [...settings, ...sinkSettings],
    }),
  );
  const sizes = await Promise.all(inputs.map(async (path) => (await stat(path)).size));
  const inputBytes = sizes.reduce((total, size) => total + size, 0);
  return {
    folder,
    runOnce: ['run', job, '--once', '--data-dir', dataDir],
    dataDir,
    topic,
    group,
    inputBytes,
    output,
    inputs,
    arrival: () => compareLines(inputs, output),
    outputReaches: async (part) => {
      const reached = async (): Promise<true | undefined> =>
        (await stat(output)).size > part * inputBytes ? true : undefined;
      await until(`${String(part)} of the lines in ${output}`, reached, { everyMs: 2, deadlineMs: 120_000 });
    },
    remove: () => removeFolder(folder),
  };
}

function jobText(of: {
  nameserver: string | undefined;
  endpoints: string | undefined;
  topic: string;
  group: string;
  tasks: number;
  sourceSettings: readonly string[];
  sinkSettings: readonly string[];
  outputPath: string;
}): string {
  const { nameserver, endpoints } = of;
  const fields = {
    ...(nameserver === undefined ? {} : { nameserver }),
    ...(endpoints === undefined ? {} : { endpoints, transport: 'grpc' }),
  };
  const indented = (lines: readonly string[]): string => lines.map((line) => `    ${line}\n`).join('');
  const lines = Object.entries(fields).map(([key, value]) => `  ${key}: ${value}\n`);
  const cluster = lines.length === 0 ? '' : `rocketmq:\n${lines.join('')}`;
  return `name: copy
${cluster}connectors:
  read-lines:
    source: file
    topic: ${of.topic}
    tasks: ${String(of.tasks)}
    format: text
${indented(of.sourceSettings)}    config: { path: ./in-*.log }
  write-lines:
    sink: file
    topics: [${of.topic}]
    group: ${of.group}
    tasks: ${String(of.tasks)}
    format: text
${indented(of.sinkSettings)}    config: { path: '${of.outputPath}'${of.outputPath.includes('{number}') ? ', roll: { bytes: 20000 }' : ''} }
`;
}

/** What is left to say of a run in which nothing may be missing: how much came twice. */
export function arrivalText(arrival: Arrival): string {
  const { expected, missing, duplicates, disordered, damaged } = arrival;
  return `${String(expected)} lines: ${String(missing)} missing, ${String(duplicates)} twice, ${String(disordered)} out of order, ${String(damaged)} damaged`;
}
