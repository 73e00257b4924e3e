import type { GroupSettings } from '../../cluster.js';
import type { Ask } from '../request.js';
import { accepted, objectOf, responseCode } from '../answer.js';
import type { Tolerant } from '../codec/tolerant-json.js';

/** What is the same on every cluster; names of others (brokers, attributes) mean nothing elsewhere. */
const followed = [
  'consumeEnable',
  'consumeFromMinEnable',
  'consumeBroadcastEnable',
  'consumeMessageOrderly',
  'retryQueueNums',
  'retryMaxTimes',
  'notifyConsumerIdsChangedEnable',
  'consumeTimeoutMinute',
] as const;

/**
 * GET_SUBSCRIPTIONGROUP_CONFIG (352), broker, since 5.0. Fields: group. Body of the answer: SubscriptionGroupConfig.
 * Null: no such group. A broker that creates groups by itself creates this one when asked.
 */
export async function queryGroupSettings(ask: Ask, group: string): Promise<GroupSettings | null> {
  const answer = await ask({ code: 352, name: 'GET_SUBSCRIPTIONGROUP_CONFIG', fields: { group } });
  if (answer.code === responseCode.subscriptionGroupNotExist) return null;
  const config = objectOf(accepted(answer));
  return Object.fromEntries(
    followed.flatMap((name) => {
      const value: Tolerant | undefined = config.get(name);
      return typeof value === 'boolean' || typeof value === 'number' ? [[name, value]] : [];
    }),
  );
}
