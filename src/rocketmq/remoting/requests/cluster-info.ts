import type { BrokerInfo } from '../../cluster.js';
import type { Ask } from '../request.js';
import { accepted, objectIn, objectOf, textIn } from '../answer.js';

/**
 * GET_BROKER_CLUSTER_INFO (106), name server. Body of the answer: {brokerAddrTable: {name: {cluster,
 * brokerName, brokerAddrs: {0: address}}}, clusterAddrTable}. Brokers without a master are left out.
 */
export async function queryClusterInfo(ask: Ask): Promise<BrokerInfo[]> {
  const answer = accepted(await ask({ code: 106, name: 'GET_BROKER_CLUSTER_INFO', fields: {} }));
  const brokers: BrokerInfo[] = [];
  for (const data of objectIn(objectOf(answer), 'brokerAddrTable').values()) {
    const address = textIn(objectIn(data, 'brokerAddrs'), '0');
    const broker = textIn(data, 'brokerName');
    if (address === undefined || broker === undefined) continue;
    brokers.push({ cluster: textIn(data, 'cluster') ?? '', broker, address });
  }
  return brokers.sort((a, b) => (a.broker < b.broker ? -1 : 1));
}
