import type { Command } from 'commander';
import type { DataDir, StoredDefinition } from '../../store/index.js';
import { problemsError, readJobFiles } from '../job-files.js';
import { notRemembered, rememberedConnector, type Remembered } from '../remembered.js';
import { refuseTakenNames, storedDefinitions, writeDown } from '../run/memory.js';
import type { Plan } from './plan.js';

export interface JobOption {
  readonly job?: string;
}

export const withJobOption = (command: Command): Command =>
  command.option(
    '--job <file>',
    'the job file of connectors that have not run yet: they begin at these places',
  );

/** Connectors of a job file that has not run yet: where they begin can be said before they do. */
export type Newcomers = ReadonlyMap<string, StoredDefinition>;

/** Throws `CommandError` for a job file that does not hold, and for names that belong to another one. */
export async function newcomersOf({ job }: JobOption, dataDir: DataDir): Promise<Newcomers> {
  if (job === undefined) return new Map();
  const { jobs, problems } = await readJobFiles([job]);
  const failure = problemsError(problems);
  if (failure !== null) throw failure;
  await refuseTakenNames(jobs, dataDir);
  const known = await dataDir.connectors();
  return new Map(
    storedDefinitions(jobs, [])
      .filter(({ connector }) => !known.includes(connector))
      .map((definition) => [definition.connector, definition]),
  );
}

/** As it is remembered, else as the job file has it. Throws `CommandError` for a name that neither has. */
export async function connectorMeant(
  name: string,
  newcomers: Newcomers,
  dataDir: DataDir,
): Promise<Remembered> {
  const definition = newcomers.get(name);
  if (definition !== undefined) return { name, definition, status: null, live: false };
  const known = await dataDir.connectors();
  if (known.includes(name)) return rememberedConnector(dataDir, name);
  const hint = newcomers.size === 0 ? ' (--job FILE takes those of a job file that has not run yet)' : '';
  throw notRemembered(name, [...known, ...newcomers.keys()], dataDir, hint);
}

/** The plan of a newcomer has it remembered first: the next run then goes on there. */
export function remembering(plan: Plan, newcomers: Newcomers, dataDir: DataDir): Plan {
  const definition = newcomers.get(plan.connector);
  if (definition === undefined) return plan;
  return {
    ...plan,
    apply: async () => {
      await writeDown(definition, dataDir);
      return plan.apply();
    },
  };
}
