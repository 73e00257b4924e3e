/** Jobs for trying commands on: made-up records, through a topic, into a file. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownedFolder, removeFolder } from '../rig/owned.js';

export interface SampleJob {
  readonly folder: string;
  readonly file: string;
  readonly dataDir: string;
  /** The file the sink writes. */
  readonly output: string;
  /** `run`, the job file and the data directory. */
  readonly run: readonly string[];
  remove(): Promise<void>;
}

export interface SampleOptions {
  /** null: without end. */
  readonly count?: number | null;
  readonly rate?: number | 'unlimited';
  /** Default: the embedded broker. */
  readonly nameserver?: string;
}

/** Its source is `make`, its sink `write`, its topic `sample`. */
export async function sampleJob(options: SampleOptions = {}): Promise<SampleJob> {
  const { count = 100, rate = 'unlimited', nameserver } = options;
  const folder = await ownedFolder('cli');
  const file = join(folder, 'sample.yaml');
  const dataDir = join(folder, 'data');
  const cluster = nameserver === undefined ? '' : `rocketmq: { nameserver: '${nameserver}' }\n`;
  await writeFile(
    file,
    `name: sample
${cluster}connectors:
  make:
    source: generate
    topic: sample
    config: { count: ${String(count)}, rate: ${String(rate)} }
  write:
    sink: file
    topic: sample
    config: { path: ./out.txt }
`,
  );
  return {
    folder,
    file,
    dataDir,
    output: join(folder, 'out.txt'),
    run: ['run', file, '--data-dir', dataDir],
    remove: () => removeFolder(folder),
  };
}
