import type { GroupSettings } from '../../cluster.js';
import type { Ask } from '../request.js';
import { accepted, responseCode } from '../answer.js';

/**
 * UPDATE_AND_CREATE_SUBSCRIPTIONGROUP (200), broker. Overwrites the settings of an existing group. Body:
 * SubscriptionGroupConfig as JSON; what is left out has Java's default.
 */
export async function createGroup(ask: Ask, group: string, wanted: GroupSettings = {}): Promise<void> {
  const settings = {
    groupName: group,
    consumeEnable: true,
    consumeFromMinEnable: true,
    consumeBroadcastEnable: true,
    consumeMessageOrderly: false,
    retryQueueNums: 1,
    retryMaxTimes: 16,
    brokerId: 0,
    whichBrokerWhenConsumeSlowly: 1,
    notifyConsumerIdsChangedEnable: true,
    ...wanted,
  };
  const body = Buffer.from(JSON.stringify(settings));
  const answer = await ask({ code: 200, name: 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP', fields: {}, body });
  accepted(answer);
}

/**
 * GET_SUBSCRIPTIONGROUP_CONFIG (352), broker, since 5.0. Fields: group. Code 26: no such group. A broker
 * that creates groups by itself creates this one when asked. `null`: the broker is too old to say.
 */
export async function hasGroup(ask: Ask, group: string): Promise<boolean | null> {
  const answer = await ask({ code: 352, name: 'GET_SUBSCRIPTIONGROUP_CONFIG', fields: { group } });
  if (answer.code === responseCode.subscriptionGroupNotExist) return false;
  if (answer.code === responseCode.notSupported) return null;
  accepted(answer);
  return true;
}
