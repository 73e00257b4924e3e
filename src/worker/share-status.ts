import type { Share } from '../rocketmq/cluster.js';
import type { GroupShareStatus } from '../store/index.js';

/** What `tasks list` shows of it. */
export function shareStatus(share: Share | null): GroupShareStatus | null {
  if (share === null) return null;
  const { member, allotted, awaited, trouble } = share;
  const members = [...allotted].map(([id, queues]) => ({ member: id, queues: queues.length }));
  return { member, members, awaited: awaited.length, trouble };
}
