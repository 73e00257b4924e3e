import type { Ask } from '../request.js';
import { accepted, listIn, objectIn, objectOf, responseCode, textIn } from '../answer.js';

/** A group whose members are online, as one broker knows it. */
export interface OnlineGroup {
  /** Client ids. */
  readonly members: readonly string[];
  /** `CONSUME_POP` for members that receive through a proxy. */
  readonly consumeType: string;
  /** `CLUSTERING`, or `BROADCASTING`: then each reads everything. */
  readonly messageModel: string;
  /** Topic → expression, as the last heartbeat said. */
  readonly subscriptions: ReadonlyMap<string, string>;
}

/**
 * GET_CONSUMER_CONNECTION_LIST (203), broker. Fields: consumerGroup. Body of the answer: {connectionSet:
 * [{clientId, clientAddr, language, version}], consumeType, messageModel, subscriptionTable: {topic:
 * {subString, …}}}. Code 206: nobody is online, null here.
 */
export async function queryOnlineGroup(ask: Ask, group: string): Promise<OnlineGroup | null> {
  const answer = await ask({
    code: 203,
    name: 'GET_CONSUMER_CONNECTION_LIST',
    fields: { consumerGroup: group },
  });
  if (answer.code === responseCode.consumerNotOnline) return null;
  const body = objectOf(accepted(answer));
  const subscriptions = [...objectIn(body, 'subscriptionTable')].flatMap(([topic, subscription]) =>
    typeof topic === 'string' ? [[topic, textIn(subscription, 'subString') ?? '*'] as const] : [],
  );
  return {
    members: listIn(body, 'connectionSet').flatMap((member) => textIn(member, 'clientId') ?? []),
    consumeType: textIn(body, 'consumeType') ?? '',
    messageModel: textIn(body, 'messageModel') ?? '',
    subscriptions: new Map(subscriptions),
  };
}
