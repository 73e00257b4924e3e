import type { Ask } from '../request.js';
import { accepted, listIn, objectOf } from '../answer.js';

/** GET_ALL_TOPIC_LIST_FROM_NAMESERVER (206), name server. Body of the answer: {topicList: [name]}. */
export async function queryTopicList(ask: Ask): Promise<string[]> {
  const answer = accepted(await ask({ code: 206, name: 'GET_ALL_TOPIC_LIST_FROM_NAMESERVER', fields: {} }));
  return listIn(objectOf(answer), 'topicList')
    .filter((name) => typeof name === 'string')
    .sort();
}
