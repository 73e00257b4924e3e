import type { GroupOffset, Queue } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import { allocateAveragely } from './allocate.js';
import { membersAt } from './group-admin.js';
import type { Ask } from './request.js';
import { queryConsumeStats } from './requests/consume-stats.js';
import { queryConsumerOffset, updateConsumerOffset } from './requests/consumer-offset.js';
import type { OnlineGroup } from './requests/online-group.js';
import { pull } from './requests/pull.js';
import { queryMaxOffset, queryMinOffset } from './requests/queue-offsets.js';
import { queryTopicStats } from './requests/topic-stats.js';
import { readableQueues, type Routes } from './routes.js';
import { queueName } from '../queue-name.js';

/** Every queue of the topic with the group's offset; empty when there is no such topic. */
export async function groupOffsetsOf(routes: Routes, group: string, topic: string): Promise<GroupOffset[]> {
  const route = await routes.find(topic, { fresh: true });
  if (route === null) return [];
  const byBroker = await Promise.all(
    route.brokers.map(({ broker }) => groupOffsetsAt(routes, group, { topic, broker, queue: 0 })),
  );
  const masters = route.brokers.flatMap(({ master }) =>
    master === undefined ? [] : [routes.master(master)],
  );
  const members = await membersAt(masters, group, sharesQueues);
  const memberOf = new Map<string, string>();
  for (const [member, queues] of allocateAveragely(readableQueues(route), members)) {
    for (const { broker, queue } of queues) memberOf.set(`${broker}/${String(queue)}`, member);
  }
  return byBroker.flat().map(({ pulled, ...at }) => ({
    ...at,
    member: memberOf.get(`${at.broker}/${String(at.queue)}`) ?? null,
    inFlight: members.length === 0 ? null : inFlight(at, pulled),
  }));
}

/** What a broker says of pulls is of before, where the group was reset since: beyond the queue's end it is nonsense. */
function inFlight(
  { offset, max }: Pick<GroupOffset, 'offset' | 'max'>,
  pulled: number | null,
): number | null {
  if (offset === null || pulled === null || pulled < offset || pulled > max) return null;
  return pulled - offset;
}

function sharesQueues({ consumeType, messageModel }: OnlineGroup): boolean {
  return consumeType !== 'CONSUME_POP' && messageModel !== 'BROADCASTING';
}

/** Offsets are asked for before the queues' ends, so that none is found beyond its end. */
async function groupOffsetsAt(
  routes: Routes,
  group: string,
  anyQueue: Queue,
): Promise<(Omit<GroupOffset, 'member' | 'inFlight'> & { readonly pulled: number | null })[]> {
  const { topic, broker } = anyQueue;
  return routes.at(anyQueue, async (ask) => {
    const consumed = await queryConsumeStats(ask, group, topic);
    const queues = [...((await queryTopicStats(ask, topic)) ?? [])].sort(([a], [b]) => a - b);
    const offsets = await Promise.all(
      queues.map(async ([queue]) => {
        const known = consumed.get(queue)?.offset ?? 0;
        return known > 0 ? known : await queryConsumerOffset(ask, group, topic, queue);
      }),
    );
    const stats = (await queryTopicStats(ask, topic)) ?? new Map<number, never>();
    return queues.map(([queue, before], index) => ({
      topic,
      broker,
      queue,
      ...(stats.get(queue) ?? before),
      offset: offsets[index] ?? null,
      pulled: consumed.get(queue)?.pulled ?? null,
      lastConsumedStoredAt: consumed.get(queue)?.lastConsumedStoredAt ?? null,
    }));
  });
}

/**
 * Commits the offset as a member would, and reads it back. A reset by RocketMQ's own tools that waits for the
 * group's next pull makes brokers ignore commits: a pull in the group's name takes it, then it is done again.
 */
export async function setGroupOffset(
  routes: Routes,
  group: string,
  at: Queue,
  offset: number,
): Promise<void> {
  const { topic, broker, queue } = at;
  await routes.at(at, async (ask) => {
    await checkPlace(ask, at, offset);
    for (let tries = 1; tries <= 2; tries += 1) {
      await updateConsumerOffset(ask, group, topic, queue, offset);
      if ((await queryConsumerOffset(ask, group, topic, queue)) === offset) return;
      await pull(ask, { group, topic, broker, queue, offset, count: 1, waitMs: 0 });
    }
    throw new RocketmqError(
      'broker_error',
      `group ${group} is not at ${offset} in ${topic}/${broker}/${queue} after it was set there: somebody else moves it`,
    );
  });
}

/** Brokers take any offset. */
async function checkPlace(ask: Ask, place: Queue, offset: number): Promise<void> {
  const { topic, queue } = place;
  const [min, max] = await Promise.all([
    queryMinOffset(ask, topic, queue),
    queryMaxOffset(ask, topic, queue),
  ]);
  if (offset >= min && offset <= max) return;
  throw new RocketmqError(
    'invalid',
    `${queueName(place)} goes from ${min} to ${max}: it has no place ${offset}`,
  );
}
