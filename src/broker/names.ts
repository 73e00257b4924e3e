/** What RocketMQ allows as names of topics and groups (org.apache.rocketmq.common.topic.TopicValidator). */
const legal = /^[%|a-zA-Z0-9_-]+$/;

export const retryPrefix = '%RETRY%';
export const deadLetterPrefix = '%DLQ%';
/** The topic whose route tells a producer that unknown topics are made on the first send. */
export const defaultTopic = 'TBW102';

/**
 * Where delayed messages wait: queue 0 has the messages, queue 1 the offsets of those that were delivered.
 */
export const timerTopic = 'rmq_sys_wheel_timer';

const systemTopics: ReadonlySet<string> = new Set([
  defaultTopic,
  'SCHEDULE_TOPIC_XXXX',
  'BenchmarkTest',
  'RMQ_SYS_TRANS_HALF_TOPIC',
  'RMQ_SYS_TRACE_TOPIC',
  'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  'TRANS_CHECK_MAX_TIME_TOPIC',
  'SELF_TEST_TOPIC',
  'OFFSET_MOVED_EVENT',
  'CHECKPOINT_TOPIC',
]);
const closedTopics: ReadonlySet<string> = new Set([
  'SCHEDULE_TOPIC_XXXX',
  'RMQ_SYS_TRANS_HALF_TOPIC',
  'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  'TRANS_CHECK_MAX_TIME_TOPIC',
  'SELF_TEST_TOPIC',
  'OFFSET_MOVED_EVENT',
  // RocketMQ takes what is sent there; here it could not be told from what the broker put there itself.
  timerTopic,
]);

export function isSystemTopic(topic: string): boolean {
  return systemTopics.has(topic) || topic.startsWith('rmq_sys_');
}

/** Topics a client may not send to. */
export function isClosedTopic(topic: string): boolean {
  return closedTopics.has(topic);
}

/** What is wrong with a topic's name, in RocketMQ's words; null when nothing is. */
export function topicNameProblem(topic: string): string | null {
  if (topic.trim() === '') return 'The specified topic is blank.';
  if (!legal.test(topic)) {
    return `The specified topic: ${topic}, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$`;
  }
  if (topic.startsWith(retryPrefix) || topic.startsWith(deadLetterPrefix)) {
    return topic.length > 255
      ? `The specified topic is DLQ or Retry topic: ${topic}, and it's longer than topic max length: 255`
      : null;
  }
  return topic.length > 127 ? `The specified topic: ${topic}, is longer than topic max length: 127` : null;
}

/** What is wrong with a group's name, in RocketMQ's words; null when nothing is. */
export function groupNameProblem(group: string): string | null {
  if (group.trim() === '') return 'The specified group is blank.';
  if (!legal.test(group)) {
    return `The specified group: ${group}, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$`;
  }
  return group.length > 120 ? `The specified group: ${group}, is longer than group max length: 120` : null;
}
