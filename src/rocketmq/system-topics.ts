import type { BrokerInfo } from './cluster.js';

/**
 * Tells the topics RocketMQ makes for itself: those of TopicValidator, retries and dead letters, and one
 * or two by the name of each cluster and broker (TopicConfigManager).
 */
export function systemTopics(brokers: readonly BrokerInfo[]): (name: string) => boolean {
  const places = new Set(
    brokers.flatMap(({ cluster, broker }) => [cluster, broker, `${cluster}_REPLY_TOPIC`]),
  );
  return (name) =>
    named.has(name) || places.has(name) || /^(rmq_sys_|RMQ_SYS_|%RETRY%|%DLQ%|CID_RMQ_SYS_)/.test(name);
}

const named: ReadonlySet<string> = new Set([
  'TBW102',
  'SCHEDULE_TOPIC_XXXX',
  'BenchmarkTest',
  'TRANS_CHECK_MAX_TIME_TOPIC',
  'SELF_TEST_TOPIC',
  'OFFSET_MOVED_EVENT',
  'DefaultHeartBeatSyncerTopic',
]);
