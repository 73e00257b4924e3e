import type { Ask } from '../request.js';
import { accepted, numberIn, objectIn, objectOf, responseCode } from '../answer.js';

export interface TopicStats {
  readonly min: number;
  readonly max: number;
  /** Milliseconds since 1970; null where the queue is empty. */
  readonly lastStoredAt: number | null;
}

/**
 * GET_TOPIC_STATS_INFO (202), broker. Fields: topic. Body of the answer: {offsetTable: {{brokerName, queueId,
 * topic}: {minOffset, maxOffset, lastUpdateTimestamp}}}. By queue id; null when the broker lacks the topic.
 */
export async function queryTopicStats(ask: Ask, topic: string): Promise<Map<number, TopicStats> | null> {
  const answer = await ask({ code: 202, name: 'GET_TOPIC_STATS_INFO', fields: { topic } });
  if (answer.code === responseCode.topicNotExist) return null;
  const stats = new Map<number, TopicStats>();
  for (const [queue, value] of objectIn(objectOf(accepted(answer)), 'offsetTable')) {
    const id = typeof queue === 'string' ? undefined : numberIn(queue, 'queueId');
    if (id === undefined) continue;
    const lastStoredAt = numberIn(value, 'lastUpdateTimestamp') ?? 0;
    stats.set(id, {
      // An empty queue can say -1.
      min: Math.max(0, numberIn(value, 'minOffset') ?? 0),
      max: Math.max(0, numberIn(value, 'maxOffset') ?? 0),
      lastStoredAt: lastStoredAt > 0 ? lastStoredAt : null,
    });
  }
  return stats;
}
