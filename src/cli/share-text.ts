import type { GroupShareStatus } from '../store/index.js';

/**
 * How a sink's queues are shared, for people: `8 of 16 queues are here, 8 at host@7@ab`. Null where there is
 * nothing to say: it is alone, and has all its queues.
 */
export function shareText(group: GroupShareStatus | null): string | null {
  if (group === null) return null;
  const others = group.members.filter(({ member }) => member !== group.member);
  if (others.length === 0 && group.awaited === 0 && group.trouble === null) return null;
  const own = group.members.find(({ member }) => member === group.member)?.queues ?? 0;
  const all = group.members.reduce((sum, { queues }) => sum + queues, 0);
  const parts = [`${String(own - group.awaited)} of ${String(all)} queues are here`];
  parts.push(...others.map(({ member, queues }) => `${String(queues)} at ${member}`));
  if (group.awaited > 0) parts.push(`${String(group.awaited)} still to be given up by another`);
  if (group.trouble !== null) parts.push(group.trouble);
  return parts.join(', ');
}
