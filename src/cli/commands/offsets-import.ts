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
import { planImport, planJavaImport, type ImportPlan } from '../offsets/plan-import.js';
import { tellOutcome } from '../offsets/tell-outcome.js';
import { rememberedConnector, type Remembered } from '../remembered.js';

interface ImportOptions extends Consent {
  readonly fromJava?: true;
  readonly rename?: ReadonlyMap<string, string>;
}

export function offsetsImport(): Command {
  const command = leaf(
    'import',
    'Put connectors that do not run where a file of offsets export, or a backup, has them.\nShows OLD, NEW and DELTA, and changes nothing without --yes. What is not in the file stays as it is.',
    [
      'offsets import offsets.json',
      'offsets import offsets.json archive --yes',
      'offsets import --from-java storeRoot/config/position.json --rename file-source=read-log',
    ],
  )
    .argument('<file>', 'the file')
    .argument('[connectors...]', 'only what it has for these')
    .option('--from-java', 'the file is the position.json of an Apache RocketMQ Connect worker')
    .option('--rename <old=new>', 'what the file has for OLD is for NEW; may be repeated', renameOption);
  withConsentOptions(command);
  return perform<ImportOptions>(
    command,
    async ({ options, out, dataDir: path }, file: string, names: string[]) => {
      const dataDir = new DataDir(path);
      const access = new ClusterAccess(dataDir);
      try {
        const { plans, leftOut } = await planOf(file, names, options, { dataDir, access });
        const outcome = await carryOut(plans, options, dataDir);
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

async function planOf(
  file: string,
  names: readonly string[],
  { fromJava, rename }: ImportOptions,
  at: Places,
): Promise<ImportPlan> {
  const nameOf = (there: string): string => rename?.get(there) ?? there;
  const chosen = <T>(entries: readonly (readonly [string, T])[]): Promise<readonly Chosen<T>[]> =>
    choose(
      entries.map(([there, entry]) => [nameOf(there), entry]),
      names,
      file,
      at.dataDir,
    );
  if (fromJava === true) {
    const entries = await chosen([...(await javaPositions(file))]);
    return planJavaImport(
      entries.map(({ remembered, entry: positions }) => ({ remembered, positions })),
      at,
    );
  }
  const { connectors } = await readOffsetsFile(file);
  return planImport(await chosen(connectors.map((entry) => [entry.connector, entry])), at);
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

/** Every connector that is wanted has to be in the file, and every one in the file that is wanted here. */
async function choose<T>(
  entries: readonly (readonly [string, T])[],
  names: readonly string[],
  file: string,
  dataDir: DataDir,
): Promise<readonly Chosen<T>[]> {
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
  const wanted = entries.filter(([name]) => names.length === 0 || names.includes(name));
  return Promise.all(
    wanted.map(async ([name, entry]) => ({ remembered: await rememberedConnector(dataDir, name), entry })),
  );
}
