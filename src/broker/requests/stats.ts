import type { Broker } from '../broker.js';
import type { TopicConfig } from '../topics.js';
import { requestCode as code, responseCode } from './codes.js';
import { byQueue, type QueueName } from './java-json.js';
import { addressFor } from './routes.js';
import { okJson, okText, optionalText, RequestError, text, type Handler } from './request.js';

const rateSeconds = 60;

function queueNames(broker: Broker, config: TopicConfig, count: number): QueueName[] {
  return Array.from({ length: count }, (_, queueId) => ({
    brokerName: broker.name,
    queueId,
    topic: config.topicName,
  }));
}

const topicStats: Handler = (request, broker) => {
  const topic = text(request, 'topic');
  const config = broker.topics.find(topic);
  if (config === undefined) {
    throw new RequestError(responseCode.topicNotExist, `topic[${topic}] not exist`);
  }
  const queues = queueNames(broker, config, Math.max(config.readQueueNums, config.writeQueueNums));
  const table = byQueue(
    queues.map((queue) => {
      const { min, max } = broker.store.offsets(topic, queue.queueId);
      const lastUpdateTimestamp = broker.store.storedAt(topic, queue.queueId, max - 1) ?? 0;
      return [queue, { lastUpdateTimestamp, maxOffset: max, minOffset: min }] as const;
    }),
  );
  return okText(`{"offsetTable":${table},"topicPutTps":${broker.topicMeters.perSecond(topic, rateSeconds)}}`);
};

function offsetsOf(
  broker: Broker,
  group: string,
  topics: readonly string[],
): { table: string; rate: number } {
  const entries: [QueueName, unknown][] = [];
  let rate = 0;
  for (const topic of topics) {
    const config = broker.topics.find(topic);
    if (config === undefined) continue;
    for (const queue of queueNames(broker, config, config.readQueueNums)) {
      const { max } = broker.store.offsets(topic, queue.queueId);
      const consumerOffset = Math.max(0, broker.offsets.committed(group, topic, queue.queueId) ?? 0);
      const pullOffset = Math.max(consumerOffset, broker.offsets.pulled(group, topic, queue.queueId) ?? 0);
      const lastTimestamp = broker.store.storedAt(topic, queue.queueId, consumerOffset - 1) ?? 0;
      entries.push([queue, { brokerOffset: max, consumerOffset, lastTimestamp, pullOffset }]);
    }
    rate += broker.groupMeters.perSecond(`${topic} ${group}`, rateSeconds);
  }
  return { table: byQueue(entries), rate };
}

const consumeStats: Handler = (request, broker) => {
  const group = text(request, 'consumerGroup');
  const { table, rate } = offsetsOf(
    broker,
    group,
    topicsAskedFor(broker, group, {
      list: optionalText(request, 'topicList') ?? '',
      topic: optionalText(request, 'topic') ?? '',
    }),
  );
  return okText(`{"consumeTps":${rate},"offsetTable":${table}}`);
};

/** A list is taken as it is; else only what the group subscribes counts, while it is online. */
function topicsAskedFor(broker: Broker, group: string, asked: { list: string; topic: string }): string[] {
  const list = asked.list.split(';').filter((topic) => topic.trim() !== '');
  if (list.length > 0) return list;
  const topics = asked.topic.trim() === '' ? broker.offsets.topicsOf(group) : [asked.topic];
  const subscriptions = broker.clients.consumers(group)?.subscriptions;
  return subscriptions === undefined || subscriptions.size === 0
    ? topics
    : topics.filter((topic) => subscriptions.has(topic));
}

const brokerConsumeStats: Handler = (request, broker) => {
  const list = broker.groups.all().map(({ groupName }) => {
    const stats = broker.offsets.topicsOf(groupName).map((topic) => {
      const { table, rate } = offsetsOf(broker, groupName, [topic]);
      return `{"consumeTps":${rate},"offsetTable":${table}}`;
    });
    return `{${JSON.stringify(groupName)}:[${stats.join(',')}]}`;
  });
  let totalDiff = 0;
  for (const { groupName } of broker.groups.all()) {
    for (const topic of broker.offsets.topicsOf(groupName)) totalDiff += lagOf(broker, groupName, topic);
  }
  return okText(
    `{"brokerAddr":${JSON.stringify(addressFor(request, broker))},` +
      `"consumeStatsList":[${list.join(',')}],"totalDiff":${totalDiff},"totalInflightDiff":0}`,
  );
};

function lagOf(broker: Broker, group: string, topic: string): number {
  let lag = 0;
  for (let queueId = 0; queueId < (broker.topics.find(topic)?.readQueueNums ?? 0); queueId++) {
    const { max } = broker.store.offsets(topic, queueId);
    lag += max - (broker.offsets.committed(group, topic, queueId) ?? 0);
  }
  return lag;
}

const consumeTimeSpan: Handler = (request, broker) => {
  const topic = text(request, 'topic');
  const group = text(request, 'group');
  const config = broker.topics.find(topic);
  if (config === undefined) {
    throw new RequestError(responseCode.topicNotExist, `topic[${topic}] not exist`);
  }
  const spans = queueNames(broker, config, config.readQueueNums).map((queue) => {
    const { min, max } = broker.store.offsets(topic, queue.queueId);
    const storedAt = (offset: number): number => broker.store.storedAt(topic, queue.queueId, offset) ?? -1;
    const next = broker.offsets.committed(group, topic, queue.queueId) ?? 0;
    const nextStoredAt = storedAt(next);
    return {
      consumeTimeStamp: storedAt(Math.max(min, next - 1)),
      delayTime: nextStoredAt < 0 ? 0 : Date.now() - nextStoredAt,
      maxTimeStamp: storedAt(max - 1),
      messageQueue: queue,
      minTimeStamp: storedAt(min),
    };
  });
  return okJson({ consumeTimeSpanSet: spans });
};

export const statsHandlers: readonly (readonly [number, Handler])[] = [
  [code.topicStats, topicStats],
  [code.consumeStats, consumeStats],
  [code.brokerConsumeStats, brokerConsumeStats],
  [code.consumeTimeSpan, consumeTimeSpan],
];
