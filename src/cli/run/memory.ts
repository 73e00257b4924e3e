import { resolve } from 'node:path';
import type { JobDefinition } from '../../job/definition.js';
import { rememberable } from '../../job/remember.js';
import type { DataDir } from '../../store/index.js';
import { dataDirOption } from '../data-dir-option.js';
import { CommandError } from '../exit-code.js';
import { withEnvFiles } from '../restored.js';

/** A name belongs to the job file that ran it first: two would share its positions. */
export async function refuseTakenNames(jobs: readonly JobDefinition[], dataDir: DataDir): Promise<void> {
  for (const job of jobs) {
    for (const { name } of job.connectors) {
      const stored = await dataDir.connector(name).definition.read();
      if (stored === null || stored.file === job.file) continue;
      throw new CommandError(
        'usage',
        'name_taken',
        `${dataDir.root} remembers a connector ${name} from ${stored.file}; ${job.file} has one of the same name`,
        {
          hint: `rename it, use another --data-dir, or drop the old one and its positions: rmq-connect connectors forget ${name}${dataDirOption(dataDir.root)}`,
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
  const files = envFiles.map((file) => resolve(file));
  const now = new Date().toISOString();
  for (const job of jobs) {
    const kinds = new Map(job.connectors.map(({ name, kind }) => [name, kind]));
    for (const { connector, file, raw } of rememberable(job)) {
      const kind = kinds.get(connector);
      if (kind === undefined) throw new Error(`${connector} is not of ${job.name}`);
      const store = dataDir.connector(connector);
      await store.create();
      await store.definition.write(
        {
          version: 1,
          connector,
          kind,
          job: job.name,
          file,
          raw: withEnvFiles(raw, files),
          remembered_at: now,
          origin: 'file',
        },
        { durable: true },
      );
    }
  }
}
