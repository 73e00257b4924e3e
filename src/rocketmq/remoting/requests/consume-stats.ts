import type { Ask } from '../request.js';
import { accepted, numberIn, objectIn, objectOf } from '../answer.js';

export interface ConsumeStats {
  /** 0 also where the group never committed: QUERY_CONSUMER_OFFSET tells the two apart. */
  readonly offset: number;
  /** What a member has asked for lies below, by what the broker has heard since it started; never below `offset`. */
  readonly pulled: number;
  readonly lastConsumedStoredAt: number | null;
}

/**
 * GET_CONSUME_STATS (208), broker. Fields: consumerGroup, topic. Body of the answer: {offsetTable:
 * {{brokerName, queueId, topic}: {brokerOffset, consumerOffset, pullOffset, lastTimestamp}}}; empty for an
 * unknown group or topic, and for a topic a group that is online does not subscribe to. By queue id.
 * (broker.processor.AdminBrokerProcessor `getConsumeStats`)
 */
export async function queryConsumeStats(
  ask: Ask,
  group: string,
  topic: string,
): Promise<Map<number, ConsumeStats>> {
  const answer = accepted(
    await ask({ code: 208, name: 'GET_CONSUME_STATS', fields: { consumerGroup: group, topic } }),
  );
  const stats = new Map<number, ConsumeStats>();
  for (const [queue, value] of objectIn(objectOf(answer), 'offsetTable')) {
    const id = typeof queue === 'string' ? undefined : numberIn(queue, 'queueId');
    const offset = numberIn(value, 'consumerOffset');
    if (id === undefined || offset === undefined) continue;
    const last = numberIn(value, 'lastTimestamp') ?? 0;
    const pulled = Math.max(offset, numberIn(value, 'pullOffset') ?? 0);
    stats.set(id, { offset, pulled, lastConsumedStoredAt: last > 0 ? last : null });
  }
  return stats;
}
