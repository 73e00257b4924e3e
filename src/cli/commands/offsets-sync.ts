import type { Command } from 'commander';
import { keepGroupSync } from '../../mirror/sync/keep-group-sync.js';
import { syncSubject } from '../../mirror/sync/subject.js';
import { syncGroup } from '../../mirror/sync/sync-group.js';
import { copiedQueues } from '../../mirror/sync/copied-queues.js';
import { DataDir, type GroupSyncStatus } from '../../store/index.js';
import { ClusterAccess } from '../cluster-access.js';
import { CommandError } from '../exit-code.js';
import { leaf, perform } from '../leaf.js';
import { groupText } from '../mirrors/route-offsets-text.js';
import { gather } from '../option-values.js';
import type { Output } from '../output.js';
import { rememberedConnector } from '../remembered.js';
import { restore } from '../restored.js';

interface SyncOptions {
  readonly group?: readonly string[];
  readonly dryRun?: true;
}

export interface Synced {
  readonly connector: string;
  readonly dry_run: boolean;
  readonly groups: readonly GroupSyncStatus[];
}

export function offsetsSync(): Command {
  const command = leaf(
    'sync',
    'Put consumer groups in the target of a mirror where they stand in its source, once: for a planned move\nForward only, and not while a group has members online in the target. The mirror may run or not.',
    ['offsets sync east-to-west --group billing --dry-run', 'offsets sync east-to-west --group billing'],
  )
    .argument('<mirror>', 'the mirror')
    .option('--group <group>', 'this consumer group; may be repeated', gather)
    .option('--dry-run', 'only show what would be done');
  return perform<SyncOptions>(command, async ({ options, out, dataDir }, name: string) => {
    const { group: groups = [], dryRun = false } = options;
    if (groups.length === 0) {
      throw new CommandError('usage', 'usage', 'no group is named', {
        hint: 'name the consumer groups to sync with --group',
      });
    }
    const synced = await syncGroups(new DataDir(dataDir), name, groups, dryRun);
    const failure = notSynced(synced);
    if (!out.json) print(synced, out);
    else if (failure === null) out.result(synced);
    if (failure !== null) throw failure;
  });
}

/** Throws `CommandError` for what is no mirror, and what the clusters throw. */
async function syncGroups(
  dataDir: DataDir,
  name: string,
  groups: readonly string[],
  dryRun: boolean,
): Promise<Synced> {
  const { definition } = await restore(await rememberedConnector(dataDir, name));
  if (definition.kind !== 'mirror') {
    throw new CommandError('usage', 'not_a_mirror', `${name} is a ${definition.kind}, and no mirror`, {
      hint: 'rmq-connect connectors list shows which are',
    });
  }
  const store = dataDir.connector(name);
  const access = new ClusterAccess(dataDir);
  try {
    const [from, to] = await Promise.all([
      access.open(definition.from.cluster),
      access.open(definition.to.cluster),
    ]);
    // The files of the maps are the worker's: here they are only looked at, and what is missing is read out of the target.
    const subject = {
      ...syncSubject(definition, { from, to, folder: store.folder, writes: false }),
      queues: copiedQueues(await store.positions.read()),
    };
    const known = (await store.groupSync.read())?.groups ?? [];
    const statuses: GroupSyncStatus[] = [];
    for (const group of new Set(groups)) {
      const before = known.find((one) => one.group === group) ?? null;
      const status = await syncGroup(group, subject, { before, dryRun, makesGroups: definition.sync.groups });
      statuses.push(status);
      if (!dryRun) await keepGroupSync(store, [status], () => false);
    }
    return { connector: name, dry_run: dryRun, groups: statuses };
  } finally {
    await access.close();
  }
}

function notSynced(synced: Synced): CommandError | null {
  const reasons = synced.groups.flatMap(({ group, reason }) =>
    reason === null ? [] : [`group ${group} ${synced.dry_run ? 'would not be' : 'is not'} synced: ${reason}`],
  );
  if (reasons.length === 0) return null;
  return new CommandError('failed', 'not_synced', reasons.join('\n'), { details: { result: synced } });
}

function print({ groups, dry_run: dryRun }: Synced, out: Output): void {
  groups.forEach((status, index) => {
    if (index > 0) out.data('');
    out.data(groupText(status, out.style, dryRun));
  });
  if (dryRun) out.talk('nothing was changed; without --dry-run it is done');
}
