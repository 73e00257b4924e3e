import { resolve } from 'node:path';
import type { JobDefinition } from '../../job/definition.js';
import { rememberable } from '../../job/remember.js';
import type { DataDir, StoredDefinition } from '../../store/index.js';
import { dataDirOption } from '../data-dir-option.js';
import { CommandError } from '../exit-code.js';
import { withEnvFiles } from '../restored.js';

/** A name belongs to the job file that ran it first: two would share its positions. */
export async function refuseTakenNames(jobs: readonly JobDefinition[], dataDir: DataDir): Promise<void> {
  for (const job of jobs) {
    for (const { name } of job.connectors) {
      const stored = await dataDir.connector(name).definition.read();
      if (stored === null || stored.file === job.file) continue;
      const from = stored.origin === 'api' ? 'that was made through the API' : `from ${stored.file}`;
      throw new CommandError(
        'usage',
        'name_taken',
        `${dataDir.root} remembers a connector ${name} ${from}; ${job.file} has one of the same name`,
        {
          hint: `rename it, use another --data-dir, or drop the old one and its positions: rmq-connect connectors forget ${name} --yes${dataDirOption(dataDir.root)}`,
        },
      );
    }
  }
}

/**
 * Writes down what the connectors are, with the environment files they were filled in from, so that other
 * commands understand them without the job file.
 */
export async function remember(
  jobs: readonly JobDefinition[],
  envFiles: readonly string[],
  dataDir: DataDir,
): Promise<void> {
  for (const definition of storedDefinitions(jobs, envFiles)) await writeDown(definition, dataDir);
}

/** What is written down of the connectors of job files. */
export function storedDefinitions(
  jobs: readonly JobDefinition[],
  envFiles: readonly string[],
): readonly StoredDefinition[] {
  const files = envFiles.map((file) => resolve(file));
  const now = new Date().toISOString();
  return jobs.flatMap((job) => {
    const kinds = new Map(job.connectors.map(({ name, kind }) => [name, kind]));
    return rememberable(job).map(({ connector, file, raw }): StoredDefinition => {
      const kind = kinds.get(connector);
      if (kind === undefined) throw new Error(`${connector} is not of ${job.name}`);
      return {
        version: 1,
        connector,
        kind,
        job: job.name,
        file,
        raw: withEnvFiles(raw, files),
        remembered_at: now,
        origin: 'file',
      };
    });
  });
}

export async function writeDown(definition: StoredDefinition, dataDir: DataDir): Promise<void> {
  const store = dataDir.connector(definition.connector);
  await store.create();
  await store.definition.write(definition, { durable: true });
}
