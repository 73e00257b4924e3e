import type { Queue, QueueStats, StoredMessage, Admin } from '../rocketmq/cluster.js';

/** Where to begin to read: a time is in milliseconds since 1970. */
export type ReadFrom = 'earliest' | 'latest' | number;

/**
 * The first messages from there on, over all queues in the order in which they were stored; with `latest`
 * the last ones. Touches no consumer group.
 */
export async function readMessages(
  admin: Pick<Admin, 'peek' | 'storedAt'>,
  queues: readonly QueueStats[],
  from: ReadFrom,
  limit: number,
): Promise<readonly StoredMessage[]> {
  const ofQueues = await Promise.all(
    queues.map(async (queue) => {
      const first = await firstOffset(admin, queue, from, limit);
      return peekAll(admin, queue, first, Math.min(limit, queue.max - first));
    }),
  );
  const messages = ofQueues.flat().sort((a, b) => a.storedAt - b.storedAt || a.queue - b.queue);
  return from === 'latest' ? messages.slice(-limit) : messages.slice(0, limit);
}

async function firstOffset(
  admin: Pick<Admin, 'storedAt'>,
  queue: QueueStats,
  from: ReadFrom,
  limit: number,
): Promise<number> {
  if (from === 'earliest') return queue.min;
  if (from === 'latest') return Math.max(queue.min, queue.max - limit);
  return offsetAt(queue, from, (offset) => admin.storedAt(queue, offset));
}

/** The first offset whose message was stored at `time` or later; the queue's end where none was. */
export async function offsetAt(
  queue: { readonly min: number; readonly max: number },
  time: number,
  storedAt: (offset: number) => Promise<number | null>,
): Promise<number> {
  let low = queue.min;
  let high = queue.max;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const stored = await storedAt(middle);
    if (stored === null || stored >= time) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A broker gives as many at a time as it likes. */
async function peekAll(
  admin: Pick<Admin, 'peek'>,
  queue: Queue,
  first: number,
  count: number,
): Promise<readonly StoredMessage[]> {
  const messages: StoredMessage[] = [];
  let next = first;
  while (messages.length < count) {
    const got = await admin.peek(queue, next, count - messages.length);
    const last = got.at(-1);
    if (last === undefined) break;
    messages.push(...got.slice(0, count - messages.length));
    next = last.offset + 1;
  }
  return messages;
}
