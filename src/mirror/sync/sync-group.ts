import { errorText } from '../../sdk/index.js';
import type { GroupSyncStatus } from '../../store/index.js';
import { planGroup, type GroupPlan, type SyncSubject } from './plan-group.js';

/**
 * Puts a group in the target where it stands in the source: one that is missing there is made with the source's
 * settings, which are followed from then on, and each offset is committed and read back. A group that was there before
 * keeps its settings. `before` is what was known of the group. Throws what the clusters throw.
 */
export async function syncGroup(
  group: string,
  subject: SyncSubject,
  options: {
    readonly before: GroupSyncStatus | null;
    readonly dryRun: boolean;
    readonly makesGroups: boolean;
  },
): Promise<GroupSyncStatus> {
  const plan = await planGroup(group, subject);
  const { before, dryRun, makesGroups } = options;
  if (plan.obstacle !== null || dryRun) return statusOf(plan, before);
  const { admin } = subject.to;
  const isMissing = (await admin.group(group)) === null;
  if (isMissing && !makesGroups) {
    return statusOf({ ...plan, obstacle: `there is no group ${group} in ${subject.to.name}` }, before);
  }
  const made = isMissing || before?.made === true;
  if (made && makesGroups) await admin.followGroup(group, plan.settings);
  for (const { target, target_offset: offset, moves } of plan.queues) {
    if (moves && offset !== null) await admin.setOffset(group, target, offset);
  }
  return statusOf(plan, { synced_at: new Date().toISOString(), made });
}

function statusOf(
  { group, queues, obstacle, notes }: GroupPlan,
  known: Pick<GroupSyncStatus, 'synced_at' | 'made'> | null,
): GroupSyncStatus {
  return {
    group,
    at: new Date().toISOString(),
    synced_at: known?.synced_at ?? null,
    made: known?.made ?? false,
    reason: obstacle,
    notes: [...notes],
    queues: queues.map((queue) => ({ ...queue })),
  };
}

/** What stays of what is known where looking failed. */
export function failedSync(group: string, error: unknown, before: GroupSyncStatus | null): GroupSyncStatus {
  return {
    group,
    at: new Date().toISOString(),
    synced_at: before?.synced_at ?? null,
    made: before?.made ?? false,
    reason: errorText(error),
    notes: before?.notes ?? [],
    queues: before?.queues ?? [],
  };
}
