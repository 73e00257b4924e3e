import type { Admin, GroupOffset } from '../../rocketmq/cluster.js';
import { looseSync, stays, type QueueSync } from './queue-sync.js';

/** Clocks of two clusters differ; what is stored within this of the wanted time may come again. */
const clockMarginMs = 2_000;

/**
 * Where messages are spread over other queues than they came from: to the first message of each queue that may be
 * the copy of one that is not read. A copy is stored after its original, so none is skipped as long as the
 * clusters' clocks differ by less than the margin.
 * `there` was asked before `here`: where all is read, what comes later lies behind those ends.
 */
export async function syncByTime(
  here: readonly GroupOffset[],
  there: readonly GroupOffset[],
  { from, to }: { readonly from: Pick<Admin, 'storedAt'>; readonly to: Pick<Admin, 'offsetAt'> },
): Promise<QueueSync[]> {
  const [first] = here;
  if (first === undefined) return [];
  const standingIn = (target: GroupOffset): Parameters<typeof stays>[0] => ({
    source: first,
    offset: null,
    sourceMin: first.min,
    target,
  });
  const started = here.filter(({ offset }) => offset !== null);
  if (started.length === 0)
    return there.map((queue) => stays(standingIn(queue), 'it never committed an offset on the source'));
  const oldest = await oldestUnread(here, from);
  return Promise.all(
    there.map(async (queue) => {
      if (oldest === null) return looseSync(standingIn(queue), queue.max, 'by time: all was read');
      const place = await to.offsetAt(queue, oldest - clockMarginMs);
      return looseSync(standingIn(queue), Math.min(place, queue.max), 'by time: some it has read come again');
    }),
  );
}

/** When the oldest message that the group has not read was stored; null where it has read all. */
async function oldestUnread(
  queues: readonly GroupOffset[],
  from: Pick<Admin, 'storedAt'>,
): Promise<number | null> {
  const behind = queues.filter(({ offset, min, max }) => Math.max(offset ?? min, min) < max);
  const times = await Promise.all(
    behind.map((queue) => from.storedAt(queue, Math.max(queue.offset ?? queue.min, queue.min))),
  );
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
