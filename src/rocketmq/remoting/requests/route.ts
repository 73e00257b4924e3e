import type { Ask } from '../request.js';
import { accepted, listIn, numberIn, objectIn, objectOf, responseCode, textIn } from '../answer.js';
import type { Tolerant } from '../codec/tolerant-json.js';

export interface Route {
  readonly topic: string;
  /** Brokers that have the topic, by name. */
  readonly brokers: readonly RouteBroker[];
  /** The topic's queues are mapped to brokers by RocketMQ itself (a static topic). */
  readonly isStatic: boolean;
}

export interface RouteBroker {
  readonly cluster: string;
  readonly broker: string;
  /** The master's address; undefined while there is none. */
  readonly master: string | undefined;
  readonly readQueues: number;
  readonly writeQueues: number;
  readonly readable: boolean;
  readonly writable: boolean;
}

const permWrite = 2;
const permRead = 4;

/**
 * GET_ROUTEINFO_BY_TOPIC (105), name server. Fields: topic, acceptStandardJsonOnly. Body of the answer:
 * {brokerDatas: [{cluster, brokerName, brokerAddrs: {"0": address}}], queueDatas: [{brokerName, readQueueNums,
 * writeQueueNums, perm}], topicQueueMappingByBroker?}. Code 17: no such topic, null here.
 * (namesrv.processor.ClientRequestProcessor)
 */
export async function queryRoute(ask: Ask, topic: string): Promise<Route | null> {
  const answer = await ask({
    code: 105,
    name: 'GET_ROUTEINFO_BY_TOPIC',
    fields: { topic, acceptStandardJsonOnly: true },
  });
  if (answer.code === responseCode.topicNotExist) return null;
  const body = objectOf(accepted(answer));
  const brokers = new Map(listIn(body, 'brokerDatas').map((data) => [textIn(data, 'brokerName'), data]));
  return {
    topic,
    brokers: listIn(body, 'queueDatas')
      .flatMap((queues) => routeBroker(queues, brokers.get(textIn(queues, 'brokerName'))))
      .sort((a, b) => (a.broker < b.broker ? -1 : 1)),
    isStatic: objectIn(body, 'topicQueueMappingByBroker').size > 0,
  };
}

function routeBroker(queues: Tolerant, data: Tolerant | undefined): RouteBroker[] {
  const broker = textIn(data, 'brokerName');
  if (broker === undefined) return [];
  const perm = numberIn(queues, 'perm') ?? 0;
  return [
    {
      cluster: textIn(data, 'cluster') ?? '',
      broker,
      master: textIn(objectIn(data, 'brokerAddrs'), '0'),
      readQueues: numberIn(queues, 'readQueueNums') ?? 0,
      writeQueues: numberIn(queues, 'writeQueueNums') ?? 0,
      readable: (perm & permRead) !== 0,
      writable: (perm & permWrite) !== 0,
    },
  ];
}
