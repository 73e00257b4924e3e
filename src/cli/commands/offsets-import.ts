import { InvalidArgumentError, type Command } from 'commander';
import { DataDir } from '../../store/index.js';
import { ClusterAccess } from '../cluster-access.js';
import { CommandError } from '../exit-code.js';
import { leaf, perform } from '../leaf.js';
import { carryOut, type Consent } from '../offsets/carry-out.js';
import { withConsentOptions } from '../offsets/consent-options.js';
import { readJavaPositions, type JavaPosition } from '../offsets/java-positions.js';
import type { Places } from '../offsets/planner.js';
import { readOffsetsFile } from '../offsets/offsets-file.js';
import {
  connectorMeant,
  newcomersOf,
  remembering,
  withJobOption,
  type JobOption,
  type Newcomers,
} from '../offsets/newcomers.js';
import { planImport, planJavaImport, type ImportPlan, type LeftOut } from '../offsets/plan-import.js';
import { tellOutcome } from '../offsets/tell-outcome.js';
import type { Remembered } from '../remembered.js';

interface ImportOptions extends Consent, JobOption {
  readonly fromJava?: true;
  readonly rename?: ReadonlyMap<string, string>;
}

export function offsetsImport(): Command {
  const command = leaf(
    'import',
    'Put connectors that do not run where a file of offsets export, or a backup, has them\nShows OLD, NEW and DELTA, and changes nothing without --yes. What is not in the file stays as it is.',
    [
      'offsets import offsets.json',
      'offsets import offsets.json archive --yes',
      'offsets import offsets.json --job job.yaml --yes',
      'offsets import --from-java storeRoot/config/position.json --rename file-source=read-log --job job.yaml',
    ],
  )
    .argument('<file>', 'the file')
    .argument('[connectors...]', 'only what it has for these')
    .option('--from-java', 'the file is the position.json of an Apache RocketMQ Connect worker')
    .option('--rename <old=new>', 'what the file has for OLD is for NEW; may be repeated', renameOption);
  withConsentOptions(withJobOption(command));
  return perform<ImportOptions>(
    command,
    async ({ options, out, dataDir: path }, file: string, names: string[]) => {
      const dataDir = new DataDir(path);
      const access = new ClusterAccess(dataDir);
      try {
        const newcomers = await newcomersOf(options, dataDir);
        const { plans, leftOut } = await planOf(file, names, options, { dataDir, access, newcomers });
        const remembered = plans.map((plan) => remembering(plan, newcomers, dataDir));
        const outcome = await carryOut(remembered, options, dataDir);
        tellOutcome(outcome, path, out, leftOut);
      } finally {
        await access.close();
      }
    },
  );
}

function renameOption(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const [from, to, ...more] = text.split('=');
  if (from === undefined || to === undefined || from === '' || to === '' || more.length > 0) {
    throw new InvalidArgumentError('It must be OLD=NEW.');
  }
  return new Map([...before, [from, to]]);
}

interface At extends Places {
  readonly newcomers: Newcomers;
}

async function planOf(
  file: string,
  names: readonly string[],
  { fromJava, rename }: ImportOptions,
  at: At,
): Promise<ImportPlan> {
  const nameOf = (there: string): string => rename?.get(there) ?? there;
  const named = <T>(entries: Iterable<readonly [string, T]>): readonly (readonly [string, T])[] =>
    Array.from(entries, ([there, entry]) => [nameOf(there), entry]);
  if (fromJava === true) {
    const entries = wantedOf(named(await javaPositions(file)), names, file);
    const { here, elsewhere } = await partOf(entries, [...names, ...(rename?.values() ?? [])], at);
    const chosen = await withConnectors(here, at);
    const { plans, leftOut } = await planJavaImport(
      chosen.map(({ remembered, entry: positions }) => ({ remembered, positions })),
      at,
    );
    return { plans, leftOut: [...leftOut, ...elsewhere] };
  }
  const { connectors } = await readOffsetsFile(file);
  const entries = wantedOf(named(connectors.map((entry) => [entry.connector, entry] as const)), names, file);
  return planImport(await withConnectors(entries, at), at);
}

/** By the connector's name there. */
async function javaPositions(file: string): Promise<ReadonlyMap<string, readonly JavaPosition[]>> {
  const all = new Map<string, JavaPosition[]>();
  for (const position of await readJavaPositions(file)) {
    all.set(position.connector, [...(all.get(position.connector) ?? []), position]);
  }
  return all;
}

interface Chosen<T> {
  readonly remembered: Remembered;
  readonly entry: T;
}

type Entries<T> = readonly (readonly [string, T])[];

/** Every connector that is wanted has to be in the file. */
function wantedOf<T>(entries: Entries<T>, names: readonly string[], file: string): Entries<T> {
  const there = entries.map(([name]) => name);
  const absent = names.find((name) => !there.includes(name));
  if (absent !== undefined) {
    throw new CommandError('usage', 'unknown_connector', `${file} has nothing for ${absent}`, {
      hint:
        there.length === 0
          ? 'it is empty'
          : `it has: ${there.join(', ')}; --rename OLD=NEW gives one another name`,
    });
  }
  return entries.filter(([name]) => names.length === 0 || names.includes(name));
}

/**
 * A Java worker's file has all that ever ran there: what has no connector here is named and left out, but where it was
 * asked for by name, and where nothing is left.
 */
async function partOf<T>(
  entries: Entries<T>,
  asked: readonly string[],
  { dataDir, newcomers }: At,
): Promise<{ readonly here: Entries<T>; readonly elsewhere: readonly LeftOut[] }> {
  const known = [...(await dataDir.connectors()), ...newcomers.keys()];
  const here = entries.filter(([name]) => known.includes(name) || asked.includes(name));
  if (here.length === 0) return { here: entries, elsewhere: [] };
  const elsewhere = entries
    .filter((entry) => !here.includes(entry))
    .map(([connector]) => ({
      connector,
      what: 'all of it',
      reason: 'no connector here has this name; --rename OLD=NEW gives it another',
    }));
  return { here, elsewhere };
}

/** Every one of them has to be there. */
const withConnectors = <T>(entries: Entries<T>, { dataDir, newcomers }: At): Promise<readonly Chosen<T>[]> =>
  Promise.all(
    entries.map(async ([name, entry]) => ({
      remembered: await connectorMeant(name, newcomers, dataDir),
      entry,
    })),
  );
