/** Why a text cannot be what it should be. */
export interface Complaint {
  readonly message: string;
  readonly hint?: string;
}

/** Of jobs, connectors and clusters. */
export const namePattern = '^[A-Za-z0-9_-]{1,64}$';
/** Of topics and groups, as far as a pattern can say it. */
export const rocketmqPattern = '^[%|a-zA-Z0-9_-]+$';

const maxNameLength = 64;
const maxTopicLength = 127;
const maxRetryTopicLength = 255;
const maxGroupLength = 120;

/** RocketMQ's own topics, and those below the prefix `rmq_sys_` (org.apache.rocketmq.common.topic.TopicValidator). */
const systemTopics: ReadonlySet<string> = new Set([
  'TBW102',
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

/** Groups RocketMQ and its tools use for themselves, and those below `CID_RMQ_SYS_` (org.apache.rocketmq.common.MixAll). */
const systemGroups: ReadonlySet<string> = new Set([
  'DEFAULT_CONSUMER',
  'TOOLS_CONSUMER',
  'SCHEDULE_CONSUMER',
  'FILTERSRV_CONSUMER',
  '__MONITOR_CONSUMER',
  'SELF_TEST_C_GROUP',
  'CID_ONS-HTTP-PROXY',
  'CID_ONSAPI_PERMISSION',
  'CID_ONSAPI_OWNER',
  'CID_ONSAPI_PULL',
]);

/** The name of a job or connector. It also names files and a default group. */
export function nameComplaint(name: string): Complaint | null {
  const hint = 'use letters, digits, - and _';
  if (name === '') return { message: 'must not be empty', hint };
  if (!/^[A-Za-z0-9_-]+$/.test(name)) return { message: 'has a character that names cannot have', hint };
  return tooLong(name, maxNameLength);
}

/** A topic to read from: anything RocketMQ accepts as a name. */
export function topicComplaint(topic: string): Complaint | null {
  const derived = topic.startsWith('%RETRY%') || topic.startsWith('%DLQ%');
  return rocketmqName(topic) ?? tooLong(topic, derived ? maxRetryTopicLength : maxTopicLength);
}

/** A topic to write to: not one of RocketMQ's own either. */
export function writtenTopicComplaint(topic: string): Complaint | null {
  const complaint = topicComplaint(topic);
  if (complaint !== null) return complaint;
  if (!systemTopics.has(topic) && !topic.startsWith('rmq_sys_')) return null;
  return { message: "is one of RocketMQ's own topics", hint: 'choose another name' };
}

export function groupComplaint(group: string): Complaint | null {
  const complaint = rocketmqName(group) ?? tooLong(group, maxGroupLength);
  if (complaint !== null) return complaint;
  if (!systemGroups.has(group) && !group.startsWith('CID_RMQ_SYS_')) return null;
  return { message: "is one of RocketMQ's own groups", hint: 'choose another name' };
}

function rocketmqName(name: string): Complaint | null {
  const hint = 'RocketMQ takes letters, digits, -, _, % and |';
  if (name === '') return { message: 'must not be empty', hint };
  return /^[%|a-zA-Z0-9_-]+$/.test(name) ? null : { message: 'has a character that RocketMQ refuses', hint };
}

function tooLong(name: string, most: number): Complaint | null {
  if (name.length <= most) return null;
  return {
    message: `has ${name.length} characters, and ${most} are the most`,
    hint: 'choose a shorter name',
  };
}
