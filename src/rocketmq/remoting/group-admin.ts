import type { BrokerInfo, GroupOffset, Queue } from '../cluster.js';
import { allocateAveragely } from './allocate.js';
import { checkGroupName, retryTopicOf } from './names.js';
import type { Ask } from './request.js';
import { queryConsumeStats } from './requests/consume-stats.js';
import { queryConsumerOffset } from './requests/consumer-offset.js';
import { createGroup, hasGroup } from './requests/create-group.js';
import { createTopic } from './requests/create-topic.js';
import { queryOnlineGroup, type OnlineGroup } from './requests/online-group.js';
import { hasTopic } from './requests/topic-config.js';
import { queryTopicStats } from './requests/topic-stats.js';
import { readableQueues, type Routes } from './routes.js';

/**
 * Makes the group, and its retry topic, on all masters that lack them. Tools look a group up by its retry
 * topic: without one, mqadmin says that the group does not exist.
 */
export async function createGroupEverywhere(
  group: string,
  masters: readonly BrokerInfo[],
  routes: Routes,
): Promise<void> {
  checkGroupName(group);
  await Promise.all(
    masters.map(async ({ address }) => {
      const ask = routes.master(address);
      if ((await hasGroup(ask, group)) !== true) await createGroup(ask, group);
      const retryTopic = retryTopicOf(group);
      if (!(await hasTopic(ask, retryTopic))) await createTopic(ask, retryTopic, 1);
    }),
  );
}

/** Client ids, whichever broker knows them. */
export async function groupMembersEverywhere(
  group: string,
  masters: readonly BrokerInfo[],
  routes: Routes,
): Promise<string[]> {
  return membersAt(
    masters.map(({ address }) => routes.master(address)),
    group,
    () => true,
  );
}

async function membersAt(
  brokers: readonly Ask[],
  group: string,
  counts: (group: OnlineGroup) => boolean,
): Promise<string[]> {
  const known = await Promise.all(brokers.map((ask) => queryOnlineGroup(ask, group)));
  const members = known.flatMap((online) => (online !== null && counts(online) ? online.members : []));
  return [...new Set(members)].sort();
}

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
  return byBroker.flat().map((at) => ({
    ...at,
    member: memberOf.get(`${at.broker}/${String(at.queue)}`) ?? null,
  }));
}

function sharesQueues({ consumeType, messageModel }: OnlineGroup): boolean {
  return consumeType !== 'CONSUME_POP' && messageModel !== 'BROADCASTING';
}

/** Offsets are asked for before the queues' ends, so that none is found beyond its end. */
async function groupOffsetsAt(
  routes: Routes,
  group: string,
  anyQueue: Queue,
): Promise<Omit<GroupOffset, 'member'>[]> {
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
      lastConsumedStoredAt: consumed.get(queue)?.lastConsumedStoredAt ?? null,
    }));
  });
}
