import type { BrokerTopic } from '../../cluster.js';
import type { Ask } from '../request.js';
import { accepted, numberIn, objectIn, objectOf, responseCode } from '../answer.js';

/**
 * GET_TOPIC_CONFIG (351), broker. Fields: topic. Code 17: the broker does not have the topic, null here. Body of
 * the answer: {attributes, order, perm, readQueueNums, topicFilterType, topicName, topicSysFlag, writeQueueNums}.
 */
export async function queryTopicConfig(ask: Ask, topic: string): Promise<BrokerTopic | null> {
  const answer = await ask({ code: 351, name: 'GET_TOPIC_CONFIG', fields: { topic } });
  if (answer.code === responseCode.topicNotExist) return null;
  const config = objectOf(accepted(answer));
  const attributes = [...objectIn(config, 'attributes')].flatMap(([name, value]) =>
    typeof name === 'string' && typeof value === 'string' ? [[name, value] as const] : [],
  );
  return {
    readQueues: numberIn(config, 'readQueueNums') ?? 0,
    writeQueues: numberIn(config, 'writeQueueNums') ?? 0,
    perm: numberIn(config, 'perm') ?? 0,
    attributes: Object.fromEntries(attributes),
  };
}
