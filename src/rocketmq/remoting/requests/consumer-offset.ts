import type { Ask } from '../request.js';
import { accepted, integerOf, responseCode } from '../answer.js';

/**
 * QUERY_CONSUMER_OFFSET (14), broker. Fields: consumerGroup, topic, queueId, setZeroIfNotFound. Field of the
 * answer: offset. Code 22, and only with setZeroIfNotFound=false: never committed, null here.
 */
export async function queryConsumerOffset(
  ask: Ask,
  group: string,
  topic: string,
  queue: number,
): Promise<number | null> {
  const answer = await ask({
    code: 14,
    name: 'QUERY_CONSUMER_OFFSET',
    fields: { consumerGroup: group, topic, queueId: queue, setZeroIfNotFound: false },
  });
  if (answer.code === responseCode.queryNotFound) return null;
  const offset = integerOf(accepted(answer), 'offset');
  return offset < 0 ? null : offset;
}

/**
 * UPDATE_CONSUMER_OFFSET (15), broker. Fields: consumerGroup, topic, queueId, commitOffset. The range is not
 * checked. Code 0 with the remark "Offset has been previously reset": ignored, because the group's offset
 * was reset and nobody has pulled since; the next pull will be told.
 */
export async function updateConsumerOffset(
  ask: Ask,
  group: string,
  topic: string,
  queue: number,
  offset: number,
): Promise<void> {
  accepted(
    await ask({
      code: 15,
      name: 'UPDATE_CONSUMER_OFFSET',
      fields: { consumerGroup: group, topic, queueId: queue, commitOffset: offset },
    }),
  );
}
