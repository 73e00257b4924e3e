import type { Broker } from '../broker.js';
import { isSystemTopic } from '../names.js';
import { bracketed } from '../addresses.js';
import { requestCode as code, responseCode, seeFaq } from './codes.js';
import { byNumber } from './java-json.js';
import { flag, ok, okJson, okText, RequestError, text, type Handler, type Request } from './request.js';

/** The first version of RocketMQ whose clients read JSON as the standard has it. */
const standardJsonSince = 401;

/** The broker's address as this client can reach it. */
export function addressFor(request: Request, broker: Broker): string {
  return `${bracketed(request.connection.localHost)}:${broker.port}`;
}

const route: Handler = (request, broker) => {
  const topic = text(request, 'topic');
  const config = broker.topics.find(topic);
  if (config === undefined) {
    throw new RequestError(
      responseCode.topicNotExist,
      `No topic route info in name server for the topic: ${topic}${seeFaq}`,
    );
  }
  const standard =
    flag(request, 'acceptStandardJsonOnly', false) ||
    (request.frame.header.version ?? 0) >= standardJsonSince;
  const address = addressFor(request, broker);
  const addresses = standard ? JSON.stringify({ 0: address }) : byNumber([[0, address]]);
  const queues = {
    brokerName: broker.name,
    perm: config.perm,
    readQueueNums: config.readQueueNums,
    topicSysFlag: config.topicSysFlag,
    writeQueueNums: config.writeQueueNums,
  };
  const order = config.order ? broker.keyValues.get('ORDER_TOPIC_CONFIG')?.get(topic) : undefined;
  const orderPart = order === undefined ? '' : `"orderTopicConf":${JSON.stringify(order)},`;
  return okText(
    `{"brokerDatas":[{"brokerAddrs":${addresses},"brokerName":${JSON.stringify(broker.name)},` +
      `"cluster":${JSON.stringify(broker.cluster)},"enableActingMaster":false}],"filterServerTable":{},` +
      orderPart +
      `"queueDatas":[${JSON.stringify(queues)}]}`,
  );
};

const clusterInfo: Handler = (request, broker) => {
  const name = JSON.stringify(broker.name);
  const cluster = JSON.stringify(broker.cluster);
  const addresses = byNumber([[0, addressFor(request, broker)]]);
  return okText(
    `{"brokerAddrTable":{${name}:{"brokerAddrs":${addresses},"brokerName":${name},"cluster":${cluster},` +
      `"enableActingMaster":false}},"clusterAddrTable":{${cluster}:[${name}]}}`,
  );
};

const allTopics: Handler = (_request, broker) =>
  okJson({ topicList: broker.topics.all().map((topic) => topic.topicName) });

const topicsOfCluster: Handler = (request, broker) => {
  const known = text(request, 'cluster') === broker.cluster;
  return okJson({ topicList: known ? broker.topics.all().map((topic) => topic.topicName) : [] });
};

const systemTopics: Handler = (request, broker) => {
  const names = broker.topics.all().map((topic) => topic.topicName);
  return okJson({ brokerAddr: addressFor(request, broker), topicList: names.filter(isSystemTopic) });
};

/** Route and topic are one thing here: what is left to do after the broker deleted its topic is nothing. */
const deleteTopicRoute: Handler = (request) => {
  text(request, 'topic');
  return ok();
};

export const routeHandlers: readonly (readonly [number, Handler])[] = [
  [code.route, route],
  [code.clusterInfo, clusterInfo],
  [code.allTopics, allTopics],
  [code.topicsOfCluster, topicsOfCluster],
  [code.systemTopics, systemTopics],
  [code.deleteTopicRoute, deleteTopicRoute],
];
