import type { Ask } from '../request.js';
import { accepted, listIn, objectOf, responseCode, textIn } from '../answer.js';

/**
 * GET_PRODUCER_CONNECTION_LIST (204), broker. Fields: producerGroup. Body of the answer: {connectionSet:
 * [{clientId, clientAddr, …}]}, one entry a connection. Code 1 with "not exist": nobody is online. Client
 * ids; one that has two connections is there twice.
 */
export async function queryProducerConnections(ask: Ask, group: string): Promise<string[]> {
  const answer = await ask({
    code: 204,
    name: 'GET_PRODUCER_CONNECTION_LIST',
    fields: { producerGroup: group },
  });
  if (answer.code === responseCode.systemError && answer.remark.includes('not exist')) return [];
  return listIn(objectOf(accepted(answer)), 'connectionSet').flatMap(
    (connection) => textIn(connection, 'clientId') ?? [],
  );
}
