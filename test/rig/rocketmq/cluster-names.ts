import { ask } from './ask.js';

export interface ClusterNames {
  readonly clusterName: string;
  readonly brokerName: string;
}

/** The names of the first cluster a name server knows, and of its first broker. */
export async function clusterNames(nameserver: string): Promise<ClusterNames> {
  const { body } = await ask(nameserver, 106);
  const text = body.toString('utf8');
  const [, clusterName, brokerName] = /"clusterAddrTable":\{"([^"]+)":\["([^"]+)"/.exec(text) ?? [];
  if (clusterName === undefined || brokerName === undefined) throw new Error(`no broker in ${text}`);
  return { clusterName, brokerName };
}
