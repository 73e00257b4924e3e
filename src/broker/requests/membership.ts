import { z } from 'zod';
import { ensureGroup, ensureRetryTopic, type Broker } from '../broker.js';
import type { Member, Peer } from '../clients.js';
import { requestCode as code, responseCode } from './codes.js';
import {
  jsonBody,
  ok,
  okJson,
  optionalText,
  RequestError,
  text,
  type Handler,
  type Request,
} from './request.js';

const subscriptionSchema = z.looseObject({
  topic: z.string(),
  subString: z
    .string()
    .nullish()
    .transform((expression) => expression ?? '*'),
  expressionType: z
    .string()
    .nullish()
    .transform((type) => type ?? 'TAG'),
  subVersion: z.number().default(0),
});
const consumerSchema = z.object({
  groupName: z.string(),
  consumeType: z.string().default('CONSUME_ACTIVELY'),
  messageModel: z.string().default('CLUSTERING'),
  consumeFromWhere: z.string().default('CONSUME_FROM_LAST_OFFSET'),
  subscriptionDataSet: z.array(subscriptionSchema).default([]),
});
const heartbeatSchema = z.object({
  clientID: z.string(),
  consumerDataSet: z.array(consumerSchema).default([]),
  producerDataSet: z.array(z.object({ groupName: z.string() })).default([]),
  heartbeatFingerprint: z.number().default(0),
  withoutSub: z.boolean().default(false),
});

function memberOf(request: Request, clientId: string): Member {
  const { language, version } = request.frame.header;
  return { clientId, language: language ?? 'OTHER', version: version ?? 0 };
}

/**
 * A client says that it lives, and in which groups. Once it knows that the broker understands it, it may
 * leave out its subscriptions as long as they are the same.
 */
const heartbeat: Handler = (request, broker) => {
  const said = jsonBody(request, heartbeatSchema);
  const now = Date.now();
  const member = memberOf(request, said.clientID);
  let missing = false;
  for (const consumer of said.consumerDataSet) {
    const group = ensureGroup(broker, consumer.groupName);
    if (group === undefined) continue;
    ensureRetryTopic(broker, group);
    const { consumeType, messageModel, consumeFromWhere, subscriptionDataSet } = consumer;
    const known = broker.clients.consumers(consumer.groupName) !== undefined;
    if (said.withoutSub && !known) missing = true;
    broker.clients.registerConsumer(
      consumer.groupName,
      request.connection,
      member,
      {
        settings: { consumeType, messageModel, consumeFromWhere },
        subscriptions: said.withoutSub ? null : subscriptionDataSet,
      },
      now,
    );
  }
  for (const producer of said.producerDataSet) {
    broker.clients.registerProducer(producer.groupName, request.connection, member, now);
  }
  const full = said.heartbeatFingerprint === 0 || missing;
  return ok({ IS_SUPPORT_HEART_BEAT_V2: 'true', IS_SUB_CHANGE: String(full) });
};

const unregister: Handler = (request, broker) => {
  text(request, 'clientID');
  const producerGroup = optionalText(request, 'producerGroup');
  if (producerGroup !== undefined) broker.clients.unregisterProducer(producerGroup, request.connection);
  const consumerGroup = optionalText(request, 'consumerGroup');
  if (consumerGroup !== undefined) broker.clients.unregisterConsumer(consumerGroup, request.connection);
  return ok({});
};

const consumerList: Handler = (request, broker) => {
  const group = text(request, 'consumerGroup');
  const live = broker.clients.consumers(group);
  if (live !== undefined) {
    return okJson({
      consumerIdList: [...new Set([...live.members.values()].map((member) => member.clientId))],
    });
  }
  throw new RequestError(responseCode.systemError, `no consumer for this group, ${group}`);
};

function connectionsOf(members: ReadonlyMap<Peer, Member>): unknown[] {
  return [...members].map(([peer, { clientId, language, version }]) => ({
    clientAddr: peer.remoteAddress,
    clientId,
    language,
    version,
  }));
}

const consumerConnections: Handler = (request, broker) => {
  const group = text(request, 'consumerGroup');
  const live = broker.clients.consumers(group);
  if (live === undefined) {
    throw new RequestError(responseCode.consumerNotOnline, `the consumer group[${group}] not online`);
  }
  return okJson({
    connectionSet: connectionsOf(live.members),
    consumeFromWhere: live.consumeFromWhere,
    consumeType: live.consumeType,
    messageModel: live.messageModel,
    subscriptionTable: Object.fromEntries(live.subscriptions),
  });
};

const producerConnections: Handler = (request, broker) => {
  const group = text(request, 'producerGroup');
  const members = broker.clients.producers(group);
  if (members !== undefined) return okJson({ connectionSet: connectionsOf(members) });
  throw new RequestError(responseCode.systemError, `the producer group[${group}] not exist`);
};

const clientConfigSchema = z.object({
  subscriptionData: z.object({ expressionType: z.string().nullish() }).nullish(),
});

const checkClientConfig: Handler = (request) => {
  const type = jsonBody(request, clientConfigSchema).subscriptionData?.expressionType ?? 'TAG';
  if (type === 'TAG') return ok();
  throw new RequestError(
    responseCode.systemError,
    `The broker does not support consumer to filter message by ${type}`,
  );
};

const queueSchema = z.object({ brokerName: z.string(), topic: z.string(), queueId: z.number().int() });
const lockSchema = z.object({
  consumerGroup: z.string(),
  clientId: z.string(),
  mqSet: z.array(queueSchema).default([]),
});
const nameOf = (queue: z.infer<typeof queueSchema>): string =>
  `${queue.topic} ${queue.queueId} ${queue.brokerName}`;

const lockQueues: Handler = (request, broker: Broker) => {
  const { consumerGroup, clientId, mqSet } = jsonBody(request, lockSchema);
  const now = Date.now();
  const taken = mqSet.filter((queue) => broker.locks.take(consumerGroup, nameOf(queue), clientId, now));
  return okJson({ lockOKMQSet: taken });
};

const unlockQueues: Handler = (request, broker) => {
  const { consumerGroup, clientId, mqSet } = jsonBody(request, lockSchema);
  for (const queue of mqSet) broker.locks.release(consumerGroup, nameOf(queue), clientId);
  return ok();
};

export const membershipHandlers: readonly (readonly [number, Handler])[] = [
  [code.heartbeat, heartbeat],
  [code.unregisterClient, unregister],
  [code.consumerList, consumerList],
  [code.consumerConnections, consumerConnections],
  [code.producerConnections, producerConnections],
  [code.checkClientConfig, checkClientConfig],
  [code.lockQueues, lockQueues],
  [code.unlockQueues, unlockQueues],
];
