import type { Ask } from '../request.js';
import { accepted } from '../answer.js';

/** DELETE_TOPIC_IN_BROKER (215), broker. Fields: topic. Code 0 also where there is no such topic. */
export async function deleteTopicInBroker(ask: Ask, topic: string): Promise<void> {
  accepted(await ask({ code: 215, name: 'DELETE_TOPIC_IN_BROKER', fields: { topic } }));
}

/** DELETE_TOPIC_IN_NAMESRV (216), each name server. Fields: topic. */
export async function deleteTopicInNameServer(ask: Ask, topic: string): Promise<void> {
  accepted(await ask({ code: 216, name: 'DELETE_TOPIC_IN_NAMESRV', fields: { topic } }));
}
