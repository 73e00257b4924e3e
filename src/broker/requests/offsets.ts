import type { Broker } from '../broker.js';
import type { TopicConfig } from '../topics.js';
import { requestCode as code, responseCode } from './codes.js';
import { byNumber, byQueue, type QueueName } from './java-json.js';
import {
  flag,
  integer,
  ok,
  okText,
  optionalInteger,
  optionalText,
  RequestError,
  text,
  type Handler,
} from './request.js';

const queryConsumerOffset: Handler = (request, broker) => {
  const group = text(request, 'consumerGroup');
  const topic = text(request, 'topic');
  const queueId = integer(request, 'queueId');
  const offset = broker.offsets.committed(group, topic, queueId);
  if (offset !== undefined && offset >= 0) return ok({ offset: String(offset) });
  if (!flag(request, 'setZeroIfNotFound', true)) {
    const remark = 'Not found, do not set to zero, maybe this group boot first';
    throw new RequestError(responseCode.queryNotFound, remark);
  }
  const { min, max } = broker.store.offsets(topic, queueId);
  if (min === 0 && max > 0) return ok({ offset: '0' });
  const remark = 'Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first';
  throw new RequestError(responseCode.queryNotFound, remark);
};

const updateConsumerOffset: Handler = (request, broker) => {
  const group = text(request, 'consumerGroup');
  const topic = text(request, 'topic');
  if (broker.groups.find(group) === undefined) {
    throw new RequestError(responseCode.groupNotExist, `Group ${group} not exist!`);
  }
  if (broker.topics.find(topic) === undefined) {
    throw new RequestError(responseCode.topicNotExist, `Topic ${topic} not exist!`);
  }
  const queueId = optionalInteger(request, 'queueId');
  if (queueId === undefined) {
    throw new RequestError(responseCode.invalidParameter, `QueueId is null, topic is ${topic}`);
  }
  const offset = optionalInteger(request, 'commitOffset');
  if (offset === undefined) {
    throw new RequestError(responseCode.invalidParameter, `Offset is null, topic is ${topic}`);
  }
  const taken = broker.offsets.commit(group, topic, queueId, offset);
  return taken ? ok({}) : { code: responseCode.ok, fields: {}, remark: 'Offset has been previously reset' };
};

const maxOffset: Handler = (request, broker) => {
  const { max } = broker.store.offsets(text(request, 'topic'), integer(request, 'queueId'));
  return ok({ offset: String(max) });
};

const minOffset: Handler = (request, broker) => {
  const { min } = broker.store.offsets(text(request, 'topic'), integer(request, 'queueId'));
  return ok({ offset: String(min) });
};

const earliestStoreTime: Handler = (request, broker) => {
  const topic = text(request, 'topic');
  const queueId = integer(request, 'queueId');
  const { min } = broker.store.offsets(topic, queueId);
  return ok({ timestamp: String(broker.store.storedAt(topic, queueId, min) ?? -1) });
};

/** LOWER: the first message stored at the time or later. UPPER: the last one stored at it or before. */
const searchOffset: Handler = (request, broker) => {
  const topic = text(request, 'topic');
  const queueId = integer(request, 'queueId');
  const time = integer(request, 'timestamp');
  if (optionalText(request, 'boundaryType')?.toUpperCase() === 'UPPER') {
    const after = broker.store.firstStoredSince(topic, queueId, time + 1);
    const { min } = broker.store.offsets(topic, queueId);
    return ok({ offset: String(after > min ? after - 1 : 0) });
  }
  return ok({ offset: String(broker.store.firstStoredSince(topic, queueId, time)) });
};

const resetOffset: Handler = (request, broker) => {
  const topic = text(request, 'topic');
  const group = text(request, 'group');
  const config = broker.topics.find(topic);
  if (config === undefined) {
    throw new RequestError(responseCode.topicNotExist, `Topic ${topic} does not exist`);
  }
  if (broker.groups.find(group) === undefined) {
    throw new RequestError(responseCode.groupNotExist, `Group ${group} does not exist`);
  }
  const targets = resetTargets(broker, config, {
    queueId: optionalInteger(request, 'queueId') ?? -1,
    offset: optionalInteger(request, 'offset') ?? -1,
    time: integer(request, 'timestamp'),
  });
  const answers: [QueueName, number][] = [];
  for (const [queueId, offset] of targets) {
    broker.offsets.reset(group, topic, queueId, offset);
    answers.push([{ brokerName: broker.name, queueId, topic }, offset]);
  }
  return okText(`{"offsetTable":${byQueue(answers)}}`);
};

function resetTargets(
  broker: Broker,
  config: TopicConfig,
  to: { queueId: number; offset: number; time: number },
): [number, number][] {
  const topic = config.topicName;
  const byTime = (queueId: number): number =>
    to.time < 0
      ? broker.store.offsets(topic, queueId).max
      : broker.store.firstStoredSince(topic, queueId, to.time);
  if (to.queueId < 0) {
    const queues = Array.from({ length: config.readQueueNums }, (_, queueId) => queueId);
    return queues.map((queueId) => [queueId, byTime(queueId)]);
  }
  if (to.offset === -1) return [[to.queueId, byTime(to.queueId)]];
  const { min, max } = broker.store.offsets(topic, to.queueId);
  if (to.offset < min || to.offset > max + 1) {
    throw new RequestError(
      responseCode.systemError,
      `Target offset ${to.offset} not in consume queue range [${min}-${max}]`,
    );
  }
  return [[to.queueId, to.offset]];
}

const cloneOffsets: Handler = (request, broker) => {
  const from = text(request, 'srcGroup');
  const to = text(request, 'destGroup');
  const topic = optionalText(request, 'topic');
  broker.offsets.clone(from, to, topic === '' ? undefined : topic);
  return ok();
};

const allConsumerOffsets: Handler = (_request, broker) => {
  const { committed, pulled } = broker.offsets.tables();
  const table = (groups: typeof committed): string => {
    const parts: string[] = [];
    for (const [group, topics] of groups) {
      for (const [topic, queues] of topics)
        parts.push(`${JSON.stringify(`${topic}@${group}`)}:${byNumber(queues)}`);
    }
    return `{${parts.join(',')}}`;
  };
  const topicsOf = Object.fromEntries([...committed].map(([group, topics]) => [group, [...topics.keys()]]));
  return okText(
    `{"groupTopicMap":${JSON.stringify(topicsOf)},"offsetTable":${table(committed)},` +
      `"pullOffsetTable":${table(pulled)}}`,
  );
};

export const offsetHandlers: readonly (readonly [number, Handler])[] = [
  [code.queryConsumerOffset, queryConsumerOffset],
  [code.updateConsumerOffset, updateConsumerOffset],
  [code.maxOffset, maxOffset],
  [code.minOffset, minOffset],
  [code.earliestStoreTime, earliestStoreTime],
  [code.searchOffset, searchOffset],
  [code.resetOffset, resetOffset],
  [code.cloneOffsets, cloneOffsets],
  [code.allConsumerOffsets, allConsumerOffsets],
];
