import type { Ask } from '../request.js';
import { accepted, responseCode } from '../answer.js';
import { updateConsumerOffset } from './consumer-offset.js';

/**
 * INVOKE_BROKER_TO_RESET_OFFSET (222), broker. Fields: topic, group, timestamp, isForce, queueId, offset. The
 * broker sets the offset, ignores commits until the group's next pull, and answers that pull with
 * OFFSET_RESET. Code 26: no such group; code 1: the offset is not in the queue. Brokers before 5.0 do this
 * only for groups that are online (206): there the offset is committed.
 * (broker.client.net.Broker2Client and AdminBrokerProcessor `resetOffset`)
 */
export async function resetOffset(
  ask: Ask,
  group: string,
  topic: string,
  queue: number,
  offset: number,
): Promise<void> {
  const answer = await ask({
    code: 222,
    name: 'INVOKE_BROKER_TO_RESET_OFFSET',
    fields: { topic, group, timestamp: 0, isForce: true, queueId: queue, offset },
  });
  if (answer.code === responseCode.consumerNotOnline) {
    await updateConsumerOffset(ask, group, topic, queue, offset);
    return;
  }
  accepted(answer);
}
