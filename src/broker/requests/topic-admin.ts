import { putTopic, removeTopic } from '../broker.js';
import { isSystemTopic, topicNameProblem } from '../names.js';
import type { TopicConfig } from '../topics.js';
import { requestCode as code, responseCode } from './codes.js';
import {
  flag,
  integer,
  ok,
  okJson,
  optionalInteger,
  optionalText,
  RequestError,
  text,
  type Handler,
} from './request.js';

const mostQueues = 4096;

const updateTopic: Handler = (request, broker) => {
  const topic = text(request, 'topic');
  refuseBadName(topic);
  const known = broker.topics.find(topic);
  putTopic(broker, {
    topicName: topic,
    readQueueNums: queues(integer(request, 'readQueueNums')),
    writeQueueNums: queues(integer(request, 'writeQueueNums')),
    perm: integer(request, 'perm'),
    topicFilterType: optionalText(request, 'topicFilterType') ?? 'SINGLE_TAG',
    topicSysFlag: optionalInteger(request, 'topicSysFlag') ?? 0,
    order: flag(request, 'order', false),
    attributes: changeAttributes(known, optionalText(request, 'attributes') ?? ''),
  });
  broker.heldPulls.topicChanged(topic);
  return ok();
};

function refuseBadName(topic: string): void {
  const problem = topicNameProblem(topic);
  if (problem !== null) throw new RequestError(responseCode.invalidParameter, problem);
  if (isSystemTopic(topic)) {
    const remark = `The topic[${topic}] is conflict with system topic.`;
    throw new RequestError(responseCode.invalidParameter, remark);
  }
}

function queues(count: number): number {
  if (count >= 0 && count <= mostQueues) return count;
  throw new RequestError(responseCode.invalidParameter, `${count} queues; 0 to ${mostQueues} are possible`);
}

/** `+name=value,-name`; only the type of the messages means something to a topic of this broker. */
function changeAttributes(known: TopicConfig | undefined, changes: string): Record<string, string> {
  const attributes = new Map(Object.entries(known?.attributes ?? {}));
  for (const change of changes.split(',').map((part) => part.trim())) {
    if (change === '') continue;
    const [name = '', value] = change.slice(1).split('=', 2);
    if (name !== 'message.type') {
      throw new RequestError(responseCode.systemError, `unsupported key: ${name}`);
    }
    if (change.startsWith('-')) attributes.delete(name);
    else if (change.startsWith('+') && value !== undefined) attributes.set(name, value);
    else throw new RequestError(responseCode.systemError, `add/alter attribute format is wrong: ${change}`);
    if (value === 'MIXED') {
      throw new RequestError(responseCode.invalidParameter, 'MIXED message type is not supported.');
    }
  }
  return Object.fromEntries(attributes);
}

const deleteTopic: Handler = (request, broker) => {
  const topic = text(request, 'topic');
  if (topic.trim() === '') {
    throw new RequestError(responseCode.invalidParameter, 'The specified topic is blank.');
  }
  if (isSystemTopic(topic)) {
    const remark = `The topic[${topic}] is conflict with system topic.`;
    throw new RequestError(responseCode.invalidParameter, remark);
  }
  removeTopic(broker, topic);
  broker.heldPulls.topicChanged(topic);
  return ok();
};

const topicConfig: Handler = (request, broker) => {
  const topic = text(request, 'topic');
  const config = broker.topics.find(topic);
  if (config !== undefined) return okJson(shown(config));
  throw new RequestError(responseCode.topicNotExist, `No topic in this broker. topic: ${topic}`);
};

const allTopicConfigs: Handler = (_request, broker) => {
  const topics = broker.topics.all();
  return {
    ...okJson({
      dataVersion: { counter: 0, stateVersion: 0, timestamp: broker.startedAt },
      topicConfigTable: Object.fromEntries(topics.map((config) => [config.topicName, shown(config)])),
    }),
    fields: { totalTopicNum: String(topics.length) },
  };
};

/** In the order RocketMQ writes it. */
function shown(config: TopicConfig): TopicConfig {
  return {
    attributes: config.attributes,
    order: config.order,
    perm: config.perm,
    readQueueNums: config.readQueueNums,
    topicFilterType: config.topicFilterType,
    topicName: config.topicName,
    topicSysFlag: config.topicSysFlag,
    writeQueueNums: config.writeQueueNums,
  };
}

export const topicAdminHandlers: readonly (readonly [number, Handler])[] = [
  [code.updateTopic, updateTopic],
  [code.deleteTopic, deleteTopic],
  [code.topicConfig, topicConfig],
  [code.allTopicConfigs, allTopicConfigs],
];
