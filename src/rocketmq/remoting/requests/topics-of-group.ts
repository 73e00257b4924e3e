import type { Ask } from '../request.js';
import { accepted, listIn, objectOf } from '../answer.js';

/**
 * QUERY_TOPICS_BY_CONSUMER (343), broker. Fields: group. Body of the answer: {topicList: [name], brokerAddr}: the
 * topics the group has an offset in, retry topics included; empty for a group there is none of.
 * (broker.processor.AdminBrokerProcessor `queryTopicsByConsumer`)
 */
export async function queryTopicsOfGroup(ask: Ask, group: string): Promise<string[]> {
  const answer = accepted(await ask({ code: 343, name: 'QUERY_TOPICS_BY_CONSUMER', fields: { group } }));
  if (answer.body.length === 0) return [];
  return listIn(objectOf(answer), 'topicList').filter((name) => typeof name === 'string');
}
