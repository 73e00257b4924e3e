import { retryTopicOf } from './names.js';
import type { OnlineGroup } from './requests/online-group.js';

/**
 * Why a member that reads all of `topics` cannot share the group with those that are online; null when it can.
 * All members of a group must subscribe to the same: queues are dealt to all of them, whether they read the
 * topic or not, and brokers keep one subscription for a group.
 */
export function subscriptionTrouble(
  group: string,
  topics: readonly string[],
  { consumeType, messageModel, subscriptions }: OnlineGroup,
): string | null {
  const others = `members of consumer group ${group} that are online`;
  if (messageModel === 'BROADCASTING') return `${others} read everything each (BROADCASTING)`;
  if (consumeType === 'CONSUME_POP') return `${others} receive through a proxy (POP)`;
  const expected = topics.map((topic) => [topic, '*'] as const);
  const actual = [...subscriptions]
    .filter(([topic]) => topic !== retryTopicOf(group))
    .map(([topic, expression]) => [topic, expression === '' ? '*' : expression] as const);
  // A broker knows of a member a moment before it knows what that subscribes to.
  if (actual.length === 0 || textOf(expected) === textOf(actual)) return null;
  return `${others} subscribe to ${textOf(actual)}, and not to ${textOf(expected)}`;
}

function textOf(subscriptions: readonly (readonly [topic: string, expression: string])[]): string {
  const texts = subscriptions.map(([topic, tags]) => (tags === '*' ? topic : `${topic} (${tags})`));
  return [...new Set(texts)].sort().join(', ');
}
