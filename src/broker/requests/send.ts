import { randomInt, randomUUID } from 'node:crypto';
import { ensureGroup, putTopic, type Broker } from '../broker.js';
import { messageOf } from '../broker-log.js';
import { defaultTopic, isClosedTopic, retryPrefix, topicNameProblem } from '../names.js';
import { putMessages } from '../put-messages.js';
import type { Answer } from '../server/connection.js';
import type { Appended } from '../storage/message-store.js';
import {
  maxBodyBytes,
  maxPropertiesBytes,
  partsEach,
  type IncomingMessages,
} from '../storage/stored-frame.js';
import { autoCreatedQueues, newTopic, permWrite, type TopicConfig } from '../topics.js';
import { readBatchBody } from './batch-body.js';
import { requestCode as code, responseCode, seeFaq } from './codes.js';
import {
  flag,
  integer,
  optionalInteger,
  optionalText,
  RequestError,
  text,
  type Handler,
  type Request,
} from './request.js';

const region = 'DefaultRegion';

/** The fields of a send: by their full names in request 10, by one letter each in 310 and 320. */
const fullNames = {
  topic: 'topic',
  defaultTopic: 'defaultTopic',
  defaultQueues: 'defaultTopicQueueNums',
  queueId: 'queueId',
  sysFlag: 'sysFlag',
  bornAt: 'bornTimestamp',
  flag: 'flag',
  properties: 'properties',
  reconsumeTimes: 'reconsumeTimes',
  batch: 'batch',
};
const oneLetterNames: typeof fullNames = {
  topic: 'b',
  defaultTopic: 'c',
  defaultQueues: 'd',
  queueId: 'e',
  sysFlag: 'f',
  bornAt: 'g',
  flag: 'h',
  properties: 'i',
  reconsumeTimes: 'j',
  batch: 'm',
};

function send(request: Request, broker: Broker, names: typeof fullNames): Answer {
  const topic = text(request, names.topic);
  const config = topicToSendTo(request, broker, topic, names);
  const queueId = queueToSendTo(request, config, names);
  if (request.frame.body.length > maxBodyBytes) {
    throw new RequestError(
      responseCode.messageIllegal,
      'the message is illegal, maybe msg body or properties length not matched. ' +
        `msg body length limit ${maxBodyBytes}B, msg properties length limit 32KB.`,
    );
  }
  const batch = flag(request, names.batch, false) || request.frame.header.code === code.sendBatch;
  const single = batch ? null : singleMessage(request, broker, names);
  const messages = single?.messages ?? readBatchBody(request.frame.body);
  const origin = {
    topic,
    queueId,
    sysFlag: integer(request, names.sysFlag),
    bornAt: Math.max(0, integer(request, names.bornAt)),
    bornHost: request.connection.bornHost,
    storeHost: request.connection.storeHost,
    reconsumeTimes: optionalInteger(request, names.reconsumeTimes) ?? 0,
  };
  let stored: Appended;
  try {
    stored = putMessages(broker, origin, messages);
  } catch (error) {
    broker.log.error(`a message for ${topic} was not stored: ${messageOf(error)}`);
    return {
      code: responseCode.serviceNotAvailable,
      remark: `the message was not stored: ${messageOf(error)}`,
    };
  }
  return {
    code: responseCode.ok,
    fields: {
      queueId: String(queueId),
      ...(single === null ? {} : { transactionId: single.uniqueKey }),
      msgId: messageIds(request.connection.storeHost, stored.positions),
      TRACE_ON: 'true',
      MSG_REGION: region,
      queueOffset: String(stored.offset),
    },
  };
}

function topicToSendTo(
  request: Request,
  broker: Broker,
  topic: string,
  names: typeof fullNames,
): TopicConfig {
  const problem = topicNameProblem(topic);
  if (problem !== null) throw new RequestError(responseCode.invalidParameter, problem);
  if (isClosedTopic(topic)) {
    throw new RequestError(responseCode.noPermission, `Sending message to topic[${topic}] is forbidden.`);
  }
  const config = broker.topics.find(topic) ?? autoCreate(request, broker, topic, names);
  if (config === undefined) {
    throw new RequestError(
      responseCode.topicNotExist,
      `topic[${topic}] not exist, apply first please!${seeFaq}`,
    );
  }
  if ((config.perm & permWrite) === 0) {
    throw new RequestError(responseCode.noPermission, `the topic[${topic}] sending message is forbidden`);
  }
  return config;
}

function autoCreate(
  request: Request,
  broker: Broker,
  topic: string,
  names: typeof fullNames,
): TopicConfig | undefined {
  let queues: number;
  if (topic.startsWith(retryPrefix)) {
    if (ensureGroup(broker, topic.slice(retryPrefix.length)) === undefined) return undefined;
    queues = 1;
  } else {
    if (optionalText(request, names.defaultTopic) !== defaultTopic) return undefined;
    const asked = optionalInteger(request, names.defaultQueues) ?? autoCreatedQueues;
    queues = Math.max(1, Math.min(asked, autoCreatedQueues));
  }
  const config = newTopic(topic, queues);
  putTopic(broker, config);
  broker.log.info(`topic ${topic} was made with ${queues} queues by the first message sent to it`);
  return config;
}

function queueToSendTo(request: Request, config: TopicConfig, names: typeof fullNames): number {
  const queueId = integer(request, names.queueId);
  if (queueId >= Math.max(config.writeQueueNums, config.readQueueNums)) {
    throw new RequestError(
      responseCode.invalidParameter,
      `request queueId[${queueId}] is illegal, topic:[${config.topicName}] ` +
        `writeQueueNums:[${config.writeQueueNums}] Producer: ${request.connection.remoteAddress}`,
    );
  }
  return queueId < 0 ? randomInt(Math.max(1, config.writeQueueNums)) : queueId;
}

/** A single message's properties are completed by the broker, those of a batch are stored as they are. */
function singleMessage(
  request: Request,
  broker: Broker,
  names: typeof fullNames,
): { messages: IncomingMessages; uniqueKey: string } {
  const properties = parseProperties(optionalText(request, names.properties) ?? '');
  refuseDelayed(properties);
  const uniqueKey = properties.get('UNIQ_KEY') ?? randomUUID().replaceAll('-', '').toUpperCase();
  properties.set('UNIQ_KEY', uniqueKey);
  properties.set('CLUSTER', broker.cluster);
  properties.set('MSG_REGION', region);
  properties.set('TRACE_ON', 'true');
  let encoded = '';
  for (const [name, value] of properties) encoded += `${name}\u0001${value}\u0002`;
  const bytes = Buffer.from(encoded);
  if (bytes.length > maxPropertiesBytes) {
    throw new RequestError(
      responseCode.messageIllegal,
      `the message has ${bytes.length} bytes of properties; at most ${maxPropertiesBytes} are allowed`,
    );
  }
  const { body } = request.frame;
  const parts = new Int32Array(partsEach);
  parts.set([integer(request, names.flag), 0, body.length, body.length, bytes.length]);
  return { messages: { source: Buffer.concat([body, bytes]), count: 1, parts }, uniqueKey };
}

function parseProperties(encoded: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const property of encoded.split('\u0002')) {
    const at = property.indexOf('\u0001');
    if (at > 0) properties.set(property.slice(0, at), property.slice(at + 1));
  }
  return properties;
}

const delays = ['TIMER_DELAY_SEC', 'TIMER_DELAY_MS', 'TIMER_DELIVER_MS'];

/** Delivering at once what should come later, or only after a commit, would be worse than not taking it. */
function refuseDelayed(properties: ReadonlyMap<string, string>): void {
  if (properties.get('TRAN_MSG') === 'true') {
    throw new RequestError(
      responseCode.noPermission,
      'sending transaction message is forbidden: the embedded broker has no transactions',
    );
  }
  const delayed = Number(properties.get('DELAY') ?? 0) > 0 || delays.some((name) => properties.has(name));
  if (delayed) {
    throw new RequestError(
      responseCode.messageIllegal,
      'the embedded broker takes delayed messages from gRPC clients only',
    );
  }
}

/** Address, port and position of each message in hexadecimal, with commas between. */
function messageIds(storeHost: Buffer, positions: Float64Array): string {
  const host = storeHost.toString('hex').toUpperCase();
  let ids = '';
  for (const position of positions) {
    ids += `${ids === '' ? '' : ','}${host}${position.toString(16).toUpperCase().padStart(16, '0')}`;
  }
  return ids;
}

export const sendHandlers: readonly (readonly [number, Handler])[] = [
  [code.sendMessage, (request, broker) => send(request, broker, fullNames)],
  [code.sendMessageV2, (request, broker) => send(request, broker, oneLetterNames)],
  [
    code.sendBatch,
    (request, broker) => {
      if (text(request, oneLetterNames.topic).startsWith(retryPrefix)) {
        throw new RequestError(
          responseCode.messageIllegal,
          `batch request does not support retry group ${text(request, oneLetterNames.topic)}`,
        );
      }
      return send(request, broker, oneLetterNames);
    },
  ],
];
