import type { Ask } from '../request.js';
import { accepted, objectIn, objectOf } from '../answer.js';

/**
 * GET_ALL_SUBSCRIPTIONGROUP_CONFIG (201), broker. No fields. Body of the answer: {subscriptionGroupTable: {name:
 * {…}}}. Unlike a question for one group (352), it makes none on a broker that makes groups by itself.
 */
export async function queryAllGroups(ask: Ask): Promise<string[]> {
  const answer = await ask({ code: 201, name: 'GET_ALL_SUBSCRIPTIONGROUP_CONFIG', fields: {} });
  const names = objectIn(objectOf(accepted(answer)), 'subscriptionGroupTable').keys();
  return [...names].filter((name) => typeof name === 'string').sort();
}
