import type { Admin, Queue, StoredMessage } from '../rocketmq/cluster.js';
import { RocketmqError } from '../rocketmq/errors.js';

/** As `Admin.peek`; none of a queue that the topic does not have any more, as it was given fewer. */
export async function peekReadable(
  admin: Admin,
  queue: Queue,
  offset: number,
  limit: number,
): Promise<readonly StoredMessage[]> {
  try {
    return await admin.peek(queue, offset, limit);
  } catch (error) {
    if (error instanceof RocketmqError && error.code === 'invalid') return [];
    throw error;
  }
}
