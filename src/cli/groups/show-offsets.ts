import type { Admin } from '../../rocketmq/cluster.js';
import { countText, timeText } from '../number-text.js';
import type { Output } from '../output.js';
import { queueProgress, type QueueProgress } from '../sink-progress.js';
import { table } from '../table.js';
import { isBeyond, readGroup, startOf } from './group-progress.js';

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
        ...(isBeyond(queue) ? { lag: null } : {}),
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
    if (queues.length > 0) out.data(queuesText(queues, out));
    for (const note of notes) out.data(out.style.dim(note));
  });
}

function queuesText(queues: GroupOffsets['groups'][number]['queues'], out: Output): string {
  const rows = queues.map((queue) => [
    queue.topic,
    queue.broker,
    String(queue.queue),
    queue.offset === null ? 'none yet' : countText(queue.offset),
    countText(queue.min),
    countText(queue.max),
    countText(queue.lag),
    countText(queue.in_flight),
    queue.updated_at === null ? '-' : timeText(queue.updated_at),
  ]);
  return table(
    [
      { title: 'topic' },
      { title: 'broker' },
      { title: 'queue', align: 'right' },
      { title: 'offset', align: 'right' },
      { title: 'min', align: 'right' },
      { title: 'max', align: 'right' },
      { title: 'lag', align: 'right' },
      { title: 'in flight', align: 'right' },
      { title: 'last consumed' },
    ],
    rows,
    out.style,
  );
}
