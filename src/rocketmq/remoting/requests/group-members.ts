import type { Ask } from '../request.js';
import { accepted, listIn, objectOf, responseCode, textIn } from '../answer.js';

/**
 * GET_CONSUMER_CONNECTION_LIST (203), broker. Fields: consumerGroup. Body of the answer: {connectionSet:
 * [{clientId, clientAddr, language, version}], …}. Code 206: nobody is online. Client ids.
 */
export async function queryGroupMembers(ask: Ask, group: string): Promise<string[]> {
  const answer = await ask({
    code: 203,
    name: 'GET_CONSUMER_CONNECTION_LIST',
    fields: { consumerGroup: group },
  });
  if (answer.code === responseCode.consumerNotOnline) return [];
  return listIn(objectOf(accepted(answer)), 'connectionSet').flatMap(
    (member) => textIn(member, 'clientId') ?? [],
  );
}
