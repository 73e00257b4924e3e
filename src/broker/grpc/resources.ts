/**
 * Topics and groups by the names in requests. Those that are unknown are made, as the remoting side does;
 * a proxy of RocketMQ makes neither and answers 40402 (topic) or leaves the client waiting (group).
 */
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type { Resource } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import { ensureGroup, putTopic, type Broker } from '../broker.js';
import type { GroupConfig } from '../groups.js';
import { deadLetterPrefix, isSystemTopic, retryPrefix, topicNameProblem } from '../names.js';
import { autoCreatedQueues, newTopic, type TopicConfig } from '../topics.js';
import { GrpcFailure } from './failure.js';

const { Code } = definition;

/** The topic's name. Throws `GrpcFailure` where no client may use it. */
export function topicName(resource: Resource | undefined): string {
  const name = resource?.getName() ?? '';
  const problem = topicNameProblem(name);
  if (problem !== null) throw new GrpcFailure(Code.ILLEGAL_TOPIC, problem);
  if (isSystemTopic(name)) throw new GrpcFailure(Code.ILLEGAL_TOPIC, 'cannot access system topic');
  return name;
}

export function knownTopic(broker: Broker, resource: Resource | undefined): TopicConfig {
  const name = topicName(resource);
  const topic = broker.topics.find(name);
  if (topic !== undefined) return topic;
  throw new GrpcFailure(Code.TOPIC_NOT_FOUND, `there is no topic ${name}`);
}

/** A group's own topics are made by the group only. */
export function ensureTopic(
  { broker, makesTopics }: { readonly broker: Broker; readonly makesTopics: boolean },
  resource: Resource | undefined,
): TopicConfig {
  const name = topicName(resource);
  const ofGroup = name.startsWith(retryPrefix) || name.startsWith(deadLetterPrefix);
  if (ofGroup || !makesTopics || broker.topics.find(name) !== undefined) return knownTopic(broker, resource);
  const made = newTopic(name, autoCreatedQueues);
  putTopic(broker, made);
  broker.log.info(`topic ${name} was made with ${autoCreatedQueues} queues: a gRPC client asked for it`);
  return made;
}

export function ensureKnownGroup(broker: Broker, resource: Resource | undefined): GroupConfig {
  const name = resource?.getName() ?? '';
  const group = ensureGroup(broker, name);
  if (group === undefined) {
    throw new GrpcFailure(
      Code.ILLEGAL_CONSUMER_GROUP,
      `a consumer group cannot be called ${JSON.stringify(name)}`,
    );
  }
  if (!group.consumeEnable) {
    throw new GrpcFailure(Code.FORBIDDEN, `the group ${name} is not allowed to consume`);
  }
  return group;
}
