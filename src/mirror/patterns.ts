import picomatch from 'picomatch';
import type { MirrorDefinition } from '../job/definition.js';
import { heartbeatTopic } from './heartbeat-topic.js';

/** Begins the names of topics that exist for a group's sake. */
const derived = /^%(RETRY|DLQ)%/;
/** Topics that this program keeps for itself: markers. */
const ownPrefix = 'rmq-connect-';

/**
 * Whether one of the names or globs means the topic. A glob means no topic of RocketMQ itself or of this program; retry
 * and dead-letter topics only where it begins like them.
 */
export function namesTopic(
  patterns: readonly string[],
  topic: string,
  isSystem: (topic: string) => boolean,
): boolean {
  return patterns.some((pattern) => {
    if (!isGlob(pattern)) return pattern === topic;
    const kind = derived.exec(topic)?.[0];
    if (kind === undefined ? isSystem(topic) || topic.startsWith(ownPrefix) : !pattern.startsWith(kind)) {
      return false;
    }
    return picomatch.isMatch(topic, pattern, { dot: true });
  });
}

/** Whether a mirror of these copies the topic. */
export function copies(
  { topics, exclude }: Pick<MirrorDefinition, 'topics' | 'exclude'>,
  topic: string,
  isSystem: (topic: string) => boolean,
): boolean {
  return namesTopic(topics, topic, isSystem) && !namesTopic(exclude, topic, isSystem);
}

export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** What a topic is called on the target. Retry and dead-letter topics belong to a group, whose name stays, and heartbeats to no cluster. */
export function renamed(template: string, from: string, topic: string): string {
  if (derived.test(topic) || topic === heartbeatTopic) return topic;
  return template.replaceAll('{topic}', () => topic).replaceAll('{from}', () => from);
}
