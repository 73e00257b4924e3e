/** The program itself, as its users start it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startMeasured, type MeasuredProcess, type ProcessOptions } from '../measured-process.js';
import { bin } from '../places/embedded.js';
import type { Stage } from '../scenario.js';
import { fresh } from './fresh.js';

/** A job file as an object: JSON is YAML. */
export interface Job {
  readonly rocketmq?: Readonly<Record<string, string>>;
  readonly connectors: Readonly<Record<string, object>>;
}

/** The folder, the job file and the data directory of one run. */
export interface WorkerRun {
  readonly folder: string;
  readonly file: string;
  readonly dataDir: string;
  readonly nodeOptions: readonly string[];
}

export async function writeJob({ folder: all, profiles }: Stage, job: Job): Promise<WorkerRun> {
  const folder = join(all, fresh('run'));
  await mkdir(folder);
  const file = join(folder, 'job.yaml');
  await writeFile(file, JSON.stringify(job));
  const nodeOptions = profiles === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  return { folder, file, dataDir: join(folder, 'data'), nodeOptions };
}

/** `run`, with `--once` or until it is stopped. */
export function startWorker(
  { folder, file, dataDir, nodeOptions }: WorkerRun,
  options: {
    readonly once: boolean;
    readonly api?: boolean;
    readonly onOutput?: ProcessOptions['onOutput'];
  },
): MeasuredProcess {
  const args = [
    ...['run', file, '--data-dir', dataDir],
    ...(options.once ? ['--once'] : []),
    ...(options.api === true ? ['--api', '127.0.0.1:0'] : []),
  ];
  const { onOutput } = options;
  return startMeasured(process.execPath, [...nodeOptions, bin, ...args], {
    cwd: folder,
    ...(onOutput === undefined ? {} : { onOutput }),
  });
}
