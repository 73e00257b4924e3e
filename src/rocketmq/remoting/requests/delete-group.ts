import type { Ask } from '../request.js';
import { accepted } from '../answer.js';

/**
 * DELETE_SUBSCRIPTIONGROUP (207), broker. Fields: groupName, cleanOffset. Code 0 also where there is no such
 * group. (broker.processor.AdminBrokerProcessor `deleteSubscriptionGroup`)
 */
export async function deleteGroup(ask: Ask, group: string): Promise<void> {
  const fields = { groupName: group, cleanOffset: true };
  accepted(await ask({ code: 207, name: 'DELETE_SUBSCRIPTIONGROUP', fields }));
}
