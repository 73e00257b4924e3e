import type { Ask } from '../request.js';
import { accepted } from '../answer.js';
import { retryTopicOf } from '../names.js';

export interface Membership {
  readonly clientId: string;
  readonly producerGroups: readonly string[];
  readonly consumerGroups: readonly { readonly group: string; readonly topics: readonly string[] }[];
}

/**
 * HEART_BEAT (34), every broker, at least once in 120 s. Body: HeartbeatData as JSON: {clientID,
 * producerDataSet: [{groupName}], consumerDataSet: [{groupName, consumeType, messageModel,
 * consumeFromWhere, subscriptionDataSet: [{topic, subString, …}]}]}. The broker keeps one client a
 * connection and group, ignores groups it does not know, and makes their %RETRY% topic, which is subscribed
 * to like any other.
 * (broker.processor.ClientManageProcessor `heartBeat`)
 */
export async function heartbeat(
  ask: Ask,
  { clientId, producerGroups, consumerGroups }: Membership,
): Promise<void> {
  const data = {
    clientID: clientId,
    producerDataSet: producerGroups.map((groupName) => ({ groupName })),
    consumerDataSet: consumerGroups.map(({ group, topics }) => ({
      groupName: group,
      consumeType: 'CONSUME_ACTIVELY',
      messageModel: 'CLUSTERING',
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      unitMode: false,
      subscriptionDataSet: [...topics, retryTopicOf(group)].map((topic) => ({
        topic,
        subString: '*',
        expressionType: 'TAG',
        subVersion: 0,
        classFilterMode: false,
        tagsSet: [],
        codeSet: [],
      })),
    })),
  };
  accepted(await ask({ code: 34, name: 'HEART_BEAT', fields: {}, body: Buffer.from(JSON.stringify(data)) }));
}

/** UNREGISTER_CLIENT (35), broker. Fields: clientID, producerGroup, consumerGroup. */
export async function unregister(
  ask: Ask,
  clientId: string,
  group: { readonly producerGroup: string } | { readonly consumerGroup: string },
  signal: AbortSignal,
): Promise<void> {
  accepted(
    await ask({ code: 35, name: 'UNREGISTER_CLIENT', fields: { clientID: clientId, ...group } }, { signal }),
  );
}
