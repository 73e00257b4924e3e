import type { GroupSyncStatus } from '../../store/index.js';
import { planGroup, type GroupPlan, type SyncSubject } from './plan-group.js';

/**
 * Puts a group in the target where it stands in the source: the group is made with the source's settings, and each
 * offset is committed and read back. `before` is what was known of the group. Throws what the clusters throw.
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
  if (plan.obstacle !== null || dryRun) return statusOf(plan, before?.synced_at ?? null);
  const { admin } = subject.to;
  if (makesGroups) await admin.followGroup(group, plan.settings);
  else if ((await admin.group(group)) === null) {
    return statusOf(
      { ...plan, obstacle: `there is no group ${group} in ${subject.to.name}` },
      before?.synced_at ?? null,
    );
  }
  for (const { target, target_offset: offset, moves } of plan.queues) {
    if (moves && offset !== null) await admin.setOffset(group, target, offset);
  }
  return statusOf(plan, new Date().toISOString());
}

function statusOf({ group, queues, obstacle, notes }: GroupPlan, syncedAt: string | null): GroupSyncStatus {
  return {
    group,
    at: new Date().toISOString(),
    synced_at: syncedAt,
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
    reason: error instanceof Error ? error.message : String(error),
    notes: before?.notes ?? [],
    queues: before?.queues ?? [],
  };
}
