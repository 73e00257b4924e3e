import type { Ask } from '../request.js';
import { accepted, integerOf } from '../answer.js';

/** GET_MAX_OFFSET (30), broker. Fields: topic, queueId. Field of the answer: offset, the next to be stored. */
export async function queryMaxOffset(ask: Ask, topic: string, queue: number): Promise<number> {
  const fields = { topic, queueId: queue };
  return integerOf(accepted(await ask({ code: 30, name: 'GET_MAX_OFFSET', fields })), 'offset');
}

/** GET_MIN_OFFSET (31), broker. Fields: topic, queueId. Field of the answer: offset, the first there is. */
export async function queryMinOffset(ask: Ask, topic: string, queue: number): Promise<number> {
  const fields = { topic, queueId: queue };
  return integerOf(accepted(await ask({ code: 31, name: 'GET_MIN_OFFSET', fields })), 'offset');
}

/**
 * SEARCH_OFFSET_BY_TIMESTAMP (29), broker. Fields: topic, queueId, timestamp, boundaryType. Field of the
 * answer: offset of the first message stored at or after the time; the maximum where there is none.
 */
export async function searchOffset(ask: Ask, topic: string, queue: number, time: number): Promise<number> {
  const fields = { topic, queueId: queue, timestamp: time, boundaryType: 'LOWER' };
  return integerOf(accepted(await ask({ code: 29, name: 'SEARCH_OFFSET_BY_TIMESTAMP', fields })), 'offset');
}
