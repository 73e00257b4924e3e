import type { Command } from 'commander';
import { DataDir, LockedError } from '../../store/index.js';
import { ClusterAccess } from '../cluster-access.js';
import { CommandError } from '../exit-code.js';
import { leaf, perform } from '../leaf.js';
import { cleanupOf } from '../made-in-system.js';
import { plural } from '../number-text.js';
import { notRemembered, rememberedConnector } from '../remembered.js';
import { restore } from '../restored.js';

interface ForgetOptions {
  readonly group?: true;
  readonly cleanup?: true;
  readonly yes?: true;
}

export interface Forgotten {
  readonly connector: string;
  /** False where `yes` was not given: nothing was changed. */
  readonly done: boolean;
  /** The consumer group of a sink; null for a source, and where the definition cannot be understood any more. */
  readonly group: string | null;
  /** Whether the group was deleted, with its offsets. */
  readonly group_deleted: boolean;
  /** What a source had made in its system, and was deleted there. */
  readonly removed: readonly string[];
}

export function connectorsForget(): Command {
  const command = leaf(
    'forget',
    'Forget a connector with its positions: a source starts anew when it runs again\nThe consumer group of a sink keeps its offsets at the broker, unless --group deletes it.\nWhat a source has made in its system (a replication slot) stays there, unless --cleanup deletes it.\nChanges nothing without --yes.',
    [
      'connectors forget read-log --yes',
      'connectors forget archive --group',
      'connectors forget orders --cleanup --yes',
    ],
  )
    .argument('<name>', 'the connector')
    .option('--group', 'of a sink: delete its consumer group, too; refused while members are online')
    .option('--cleanup', 'of a source: delete what it has made in its system, too')
    .option('--yes', 'do it; without, what would be done is only said');
  return perform<ForgetOptions>(command, async ({ options, out, dataDir }, name: string) => {
    const asked = {
      group: options.group === true,
      cleanup: options.cleanup === true,
      yes: options.yes === true,
    };
    const forgotten = await forgetConnector(new DataDir(dataDir), name, asked);
    if (out.json) out.result(forgotten);
    else out.talk(forgotten.done ? forgottenText(forgotten) : wouldForget(forgotten, asked));
  });
}

type Asked = Readonly<Record<'group' | 'cleanup' | 'yes', boolean>>;

function wouldForget({ connector, group }: Forgotten, asked: Asked): string {
  const also = [
    ...(asked.group ? [`delete its group ${group ?? ''}`] : []),
    ...(asked.cleanup ? ['delete what it has made in its system'] : []),
  ].map((what) => `, and ${what}`);
  return `would forget ${connector} with its positions${also.join('')}\nnothing was changed; with --yes it is done`;
}

function forgottenText({ connector, group, group_deleted: deleted, removed }: Forgotten): string {
  if (removed.length > 0) return `forgot ${connector}, and deleted ${removed.join(' and ')}`;
  if (group === null) return `forgot ${connector}`;
  return deleted
    ? `forgot ${connector}, and deleted its group ${group}`
    : `forgot ${connector}; its group ${group} keeps its offsets at the broker: a sink of that group goes on there`;
}

/** Holds the worker's lock meanwhile, so that none starts with what is being removed. Changes nothing without `yes`. */
export async function forgetConnector(
  dataDir: DataDir,
  name: string,
  { group: withGroup, cleanup, yes }: Asked,
): Promise<Forgotten> {
  const known = await dataDir.connectors();
  if (!known.includes(name)) throw notRemembered(name, known, dataDir);
  const lock = await dataDir.lock('rmq-connect connectors forget').catch((error: unknown) => {
    if (!(error instanceof LockedError)) throw error;
    const who = error.owner === null ? 'a worker that is starting' : `process ${String(error.owner.pid)}`;
    throw new CommandError('failed', 'locked', `${name} cannot be forgotten while a worker runs (${who})`, {
      hint: 'end that worker first',
      cause: error,
    });
  });
  try {
    const clean = cleanup ? await cleanupOf(await rememberedConnector(dataDir, name)) : null;
    const group = withGroup ? await deleteGroup(dataDir, name, yes) : await groupOf(dataDir, name);
    if (!yes) return { connector: name, done: false, group, group_deleted: false, removed: [] };
    const removed = (await clean?.()) ?? [];
    await dataDir.connector(name).remove();
    return { connector: name, done: true, group, group_deleted: withGroup, removed };
  } finally {
    await lock.release();
  }
}

/** What cannot be understood any more can be forgotten all the same. */
async function groupOf(dataDir: DataDir, name: string): Promise<string | null> {
  try {
    const { definition } = await restore(await rememberedConnector(dataDir, name));
    return definition.kind === 'sink' ? definition.group : null;
  } catch {
    return null;
  }
}

/** Of offsets that are deleted under a member, it would write its own ones anew. Without `yes` it is only looked. */
async function deleteGroup(dataDir: DataDir, name: string, yes: boolean): Promise<string> {
  const { definition, cluster } = await restore(await rememberedConnector(dataDir, name));
  if (definition.kind !== 'sink') {
    throw new CommandError('usage', 'usage', `${name} is a ${definition.kind}: it has no consumer group`);
  }
  const { group } = definition;
  const access = new ClusterAccess(dataDir);
  try {
    const { admin } = await access.open(cluster);
    const members = await admin.groupMembers(group);
    if (members.length > 0) {
      const who = `${plural(members.length, 'member')} online: ${members.join(', ')}`;
      throw new CommandError('failed', 'in_use', `group ${group} of ${name} has ${who}`, {
        hint: 'stop what reads for the group first, or forget the connector without --group',
      });
    }
    if (yes) await admin.deleteGroup(group);
    return group;
  } finally {
    await access.close();
  }
}
