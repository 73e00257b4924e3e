import type { Queue } from '../../cluster.js';
import { accepted, listIn, numberIn, objectOf, textIn } from '../answer.js';
import type { Ask } from '../request.js';

/** Whose locks, and of which queues; all of one broker. */
export interface Locking {
  readonly group: string;
  readonly clientId: string;
  readonly queues: readonly Queue[];
}

/** An answer that comes later is of no use: the lock is renewed more often than that. */
const timeoutMs = 3_000;

/**
 * LOCK_BATCH_MQ (41), broker. Body: {consumerGroup, clientId, mqSet: [{topic, brokerName, queueId}],
 * onlyThisBroker}. Body of the answer: {lockOKMQSet: [queue]}: those the client has now, for 60 s; the
 * others are another client's. Locks are kept in memory, and looked at by nobody but who asks for them.
 * (broker.client.rebalance.RebalanceLockManager `tryLockBatch`)
 */
export async function lockQueues(ask: Ask, locking: Locking): Promise<readonly Queue[]> {
  const request = { code: 41, name: 'LOCK_BATCH_MQ', fields: {}, body: bodyOf(locking) };
  const taken = listIn(objectOf(accepted(await ask(request, { timeoutMs }))), 'lockOKMQSet');
  return locking.queues.filter((queue) =>
    taken.some(
      (other) => textIn(other, 'topic') === queue.topic && numberIn(other, 'queueId') === queue.queue,
    ),
  );
}

/**
 * UNLOCK_BATCH_MQ (42), broker. Body as of 41. Frees what this client id has locked, whoever asks; what
 * others have locked stays theirs. (RebalanceLockManager `unlockBatch`)
 */
export async function unlockQueues(ask: Ask, locking: Locking): Promise<void> {
  const request = { code: 42, name: 'UNLOCK_BATCH_MQ', fields: {}, body: bodyOf(locking) };
  accepted(await ask(request, { timeoutMs }));
}

function bodyOf({ group, clientId, queues }: Locking): Buffer {
  const mqSet = queues.map(({ topic, broker, queue }) => ({ topic, brokerName: broker, queueId: queue }));
  return Buffer.from(JSON.stringify({ consumerGroup: group, clientId, mqSet, onlyThisBroker: true }));
}
