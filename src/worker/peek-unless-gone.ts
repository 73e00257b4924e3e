import type { Admin, Queue, StoredMessage } from '../rocketmq/cluster.js';
import { RocketmqError, type RocketmqErrorCode } from '../rocketmq/errors.js';

/** A queue that the topic does not have any more, as it was given fewer. */
export const queueGone: readonly RocketmqErrorCode[] = ['invalid'];
/** That, or the topic itself is not there. */
export const topicGone: readonly RocketmqErrorCode[] = [...queueGone, 'topic_not_found'];

/** How many are asked for where a queue is read through. */
export const messagesPerLook = 1_024;

/** As `Admin.peek`; what is `gone` holds nothing. */
export async function peekUnlessGone(
  gone: readonly RocketmqErrorCode[],
  admin: Admin,
  queue: Queue,
  offset: number,
  limit: number,
): Promise<readonly StoredMessage[]> {
  try {
    return await admin.peek(queue, offset, limit);
  } catch (error) {
    if (error instanceof RocketmqError && gone.includes(error.code)) return [];
    throw error;
  }
}
