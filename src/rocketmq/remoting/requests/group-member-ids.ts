import type { Ask } from '../request.js';
import { accepted, listIn, objectOf, responseCode } from '../answer.js';

/**
 * GET_CONSUMER_LIST_BY_GROUP (38), broker. Field: consumerGroup. Body of the answer: {consumerIdList:
 * [client id]}. Code 1 with "no consumer for this group": nobody is online.
 * (broker.processor.ConsumerManageProcessor `getConsumerListByGroup`)
 */
export async function queryGroupMemberIds(ask: Ask, group: string): Promise<string[]> {
  const answer = await ask({
    code: 38,
    name: 'GET_CONSUMER_LIST_BY_GROUP',
    fields: { consumerGroup: group },
  });
  if (answer.code === responseCode.systemError && answer.remark.includes('no consumer')) return [];
  return listIn(objectOf(accepted(answer)), 'consumerIdList').filter((id) => typeof id === 'string');
}
