import type { BrokerInfo, GroupOffset, Queue } from '../cluster.js';
import { checkGroupName, retryTopicOf } from './names.js';
import { queryConsumeStats } from './requests/consume-stats.js';
import { queryConsumerOffset } from './requests/consumer-offset.js';
import { createGroup, hasGroup } from './requests/create-group.js';
import { createTopic } from './requests/create-topic.js';
import { queryGroupMembers } from './requests/group-members.js';
import { hasTopic } from './requests/topic-config.js';
import { queryTopicStats } from './requests/topic-stats.js';
import type { Routes } from './routes.js';

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

export async function groupMembersEverywhere(
  group: string,
  masters: readonly BrokerInfo[],
  routes: Routes,
): Promise<string[]> {
  const members = await Promise.all(
    masters.map(({ address }) => queryGroupMembers(routes.master(address), group)),
  );
  return [...new Set(members.flat())].sort();
}

/** Every queue of the topic with the group's offset; empty when there is no such topic. */
export async function groupOffsetsOf(routes: Routes, group: string, topic: string): Promise<GroupOffset[]> {
  const route = await routes.find(topic, { fresh: true });
  if (route === null) return [];
  const byBroker = await Promise.all(
    route.brokers.map(({ broker }) => groupOffsetsAt(routes, group, { topic, broker, queue: 0 })),
  );
  return byBroker.flat();
}

/** Offsets are asked for before the queues' ends, so that none is found beyond its end. */
async function groupOffsetsAt(routes: Routes, group: string, anyQueue: Queue): Promise<GroupOffset[]> {
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
