import { RocketmqError } from '../errors.js';

const allowed = /^[%|a-zA-Z0-9_-]+$/;
const maxTopicLength = 127;
const maxRetryTopicLength = 255;
const maxGroupLength = 120;

/** What a broker would refuse, said before it is asked (org.apache.rocketmq.common.topic.TopicValidator). */
export function checkTopicName(topic: string): void {
  check('topic', topic, isRetryTopic(topic) ? maxRetryTopicLength : maxTopicLength);
}

export function checkGroupName(group: string): void {
  check('group', group, maxGroupLength);
}

const retryPrefix = '%RETRY%';

export function retryTopicOf(group: string): string {
  return `${retryPrefix}${group}`;
}

export function isRetryTopic(topic: string): boolean {
  return topic.startsWith(retryPrefix);
}

function check(kind: string, name: string, maxLength: number): void {
  if (allowed.test(name) && name.length <= maxLength) return;
  throw new RocketmqError(
    'invalid',
    `${JSON.stringify(name)} cannot be a ${kind} name: at most ${maxLength} letters, digits and % | _ -`,
  );
}
