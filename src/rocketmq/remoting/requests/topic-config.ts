import type { Ask } from '../request.js';
import { accepted, responseCode } from '../answer.js';

/**
 * GET_TOPIC_CONFIG (351), broker. Fields: topic. Code 17: the broker does not have the topic.
 */
export async function hasTopic(ask: Ask, topic: string): Promise<boolean> {
  const answer = await ask({ code: 351, name: 'GET_TOPIC_CONFIG', fields: { topic } });
  if (answer.code === responseCode.topicNotExist) return false;
  accepted(answer);
  return true;
}
