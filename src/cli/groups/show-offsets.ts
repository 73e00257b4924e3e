import type { Admin } from '../../rocketmq/cluster.js';
import type { Output } from '../output.js';
import { queuesTable } from '../queues-table.js';
import { queueProgress, type QueueProgress } from '../sink-progress.js';
import { readGroup, startOf } from './group-progress.js';

/** Where consumer groups stand that no connector here is. */
export interface GroupOffsets {
  readonly groups: readonly {
    readonly group: string;
    /** Client ids of those that are online. */
    readonly members: readonly string[];
    readonly delivery: 'pull' | 'pop' | null;
    readonly queues: readonly (QueueProgress & {
      /** Of a topic with what members could not handle. */
      readonly retry: boolean;
      readonly in_flight: number | null;
    })[];
    /** Why a number is not what it seems, or is not known. */
    readonly notes: readonly string[];
  }[];
}

/** Throws `CommandError` for a group that is not there. */
export async function queryGroupOffsets(admin: Admin, groups: readonly string[]): Promise<GroupOffsets> {
  const shown = groups.map(async (group) => {
    const { info, queues, notes } = await readGroup(admin, group);
    return {
      group,
      members: info.members,
      delivery: info.delivery,
      queues: queues.map((queue) => ({
        ...queueProgress(queue, startOf(queue)),
        retry: queue.retry,
        in_flight: queue.inFlight,
      })),
      notes,
    };
  });
  return { groups: await Promise.all(shown) };
}

export function printGroupOffsets({ groups }: GroupOffsets, out: Output): void {
  groups.forEach(({ group, members, delivery, queues, notes }, index) => {
    if (index > 0) out.data('');
    const online = members.length === 0 ? 'nobody online' : `online: ${members.join(', ')}`;
    out.data(`${out.style.bold(group)}  ${delivery === null ? '' : `by ${delivery}, `}${online}`);
    if (queues.length > 0) out.data(queuesTable(queues, null, out.style));
    for (const note of notes) out.data(out.style.dim(note));
  });
}
