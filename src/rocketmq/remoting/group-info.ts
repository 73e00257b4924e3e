import type { BrokerInfo, GroupInfo } from '../cluster.js';
import { checkGroupName, isRetryTopic, retryTopicOf } from './names.js';
import type { Ask } from './request.js';
import { queryAllGroups } from './requests/all-groups.js';
import { queryOnlineGroup, type OnlineGroup } from './requests/online-group.js';
import { queryTopicsOfGroup } from './requests/topics-of-group.js';
import type { Routes } from './routes.js';

/** Client ids of RocketMQ's gRPC clients: `host@process@number@time`. Those that speak to brokers have fewer parts. */
const grpcClient = /^[^@]+@\d+@\d+@[0-9a-z]+$/;

/** Null where no broker has such a group, and none knows an offset of it. */
export async function groupInfoOf(
  group: string,
  masters: readonly BrokerInfo[],
  routes: Routes,
): Promise<GroupInfo | null> {
  checkGroupName(group);
  const asks = masters.map(({ address }) => routes.master(address));
  const [online, withOffsets] = await Promise.all([
    Promise.all(asks.map((ask) => queryOnlineGroup(ask, group))),
    Promise.all(asks.map((ask) => queryTopicsOfGroup(ask, group))),
  ]);
  const known = online.filter((one) => one !== null);
  const named = new Set([...withOffsets.flat(), ...known.flatMap((one) => [...one.subscriptions.keys()])]);
  const topics = [...named].filter((topic) => !isRetryTopic(topic)).sort();
  if (named.size === 0 && known.length === 0 && !(await isThere(asks, group))) return null;
  const retryTopics = await retryTopicsOf(group, topics, routes);
  const members = [...new Set(known.flatMap((one) => one.members))].sort();
  const [own, ...ofPop] = retryTopics;
  const hasOwn = own === retryTopicOf(group);
  return {
    group,
    members,
    delivery: deliveryOf(known, { hasOwn, ofPop: hasOwn ? ofPop : retryTopics }),
    topics,
    retryTopics,
  };
}

async function isThere(brokers: readonly Ask[], group: string): Promise<boolean> {
  const groups = await Promise.all(brokers.map((ask) => queryAllGroups(ask)));
  return groups.flat().includes(group);
}

/**
 * The group's own, which members by pull use, and those of single topics, of members by pop: `%RETRY%G_T`, or
 * `%RETRY%G+T` where the broker is set so. The name is not taken apart: an underscore may be in a group's name.
 */
async function retryTopicsOf(group: string, topics: readonly string[], routes: Routes): Promise<string[]> {
  const own = retryTopicOf(group);
  const names = [own, ...topics.flatMap((topic) => [`${own}_${topic}`, `${own}+${topic}`])];
  const found = await Promise.all(names.map((name) => routes.find(name, { fresh: true })));
  return names.filter((_, index) => found[index] !== null);
}

/**
 * Members of gRPC clients are known to brokers as if they pulled. What gives them away: their client ids, a retry
 * topic for a single topic, or that nobody has made the group's own, as brokers do for every member that pulls.
 */
function deliveryOf(
  online: readonly OnlineGroup[],
  { hasOwn, ofPop }: { readonly hasOwn: boolean; readonly ofPop: readonly string[] },
): GroupInfo['delivery'] {
  const popping = online.some(
    ({ consumeType, members }) =>
      consumeType === 'CONSUME_POP' || members.some((member) => grpcClient.test(member)),
  );
  if (popping || ofPop.length > 0) return 'pop';
  const isOnline = online.some(({ members }) => members.length > 0);
  if (isOnline) return hasOwn ? 'pull' : 'pop';
  return null;
}
