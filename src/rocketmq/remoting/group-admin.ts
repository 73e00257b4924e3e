import type { BrokerInfo, GroupSettings } from '../cluster.js';
import { checkGroupName, retryTopicOf } from './names.js';
import type { Ask } from './request.js';
import { queryAllGroups } from './requests/all-groups.js';
import { createGroup, hasGroup } from './requests/create-group.js';
import { queryGroupSettings } from './requests/group-settings.js';
import { createTopic } from './requests/create-topic.js';
import { deleteGroup } from './requests/delete-group.js';
import { queryOnlineGroup, type OnlineGroup } from './requests/online-group.js';
import { queryTopicConfig } from './requests/topic-config.js';
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
      if ((await queryTopicConfig(ask, retryTopic)) === null) await createTopic(ask, retryTopic, 1);
    }),
  );
}

export async function groupsEverywhere(masters: readonly BrokerInfo[], routes: Routes): Promise<string[]> {
  const groups = await Promise.all(masters.map(({ address }) => queryAllGroups(routes.master(address))));
  return [...new Set(groups.flat())].sort();
}

export async function groupSettingsOf(
  group: string,
  masters: readonly BrokerInfo[],
  routes: Routes,
): Promise<GroupSettings | null> {
  const asks = masters.map(({ address }) => routes.master(address));
  const groups = await Promise.all(asks.map((ask) => queryAllGroups(ask)));
  // Asked only where it is: a broker that makes groups by itself would make it.
  const home = asks.find((_, index) => groups[index]?.includes(group));
  return home === undefined ? null : queryGroupSettings(home, group);
}

export async function followGroupEverywhere(
  group: string,
  settings: GroupSettings,
  masters: readonly BrokerInfo[],
  routes: Routes,
): Promise<void> {
  await createGroupEverywhere(group, masters, routes);
  await Promise.all(
    masters.map(async ({ address }) => {
      const ask = routes.master(address);
      const present = (await queryGroupSettings(ask, group)) ?? {};
      const differs = Object.entries(settings).some(([name, value]) => present[name] !== value);
      if (differs) await createGroup(ask, group, { ...present, ...settings });
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

export async function membersAt(
  brokers: readonly Ask[],
  group: string,
  counts: (group: OnlineGroup) => boolean,
): Promise<string[]> {
  const known = await Promise.all(brokers.map((ask) => queryOnlineGroup(ask, group)));
  const members = known.flatMap((online) => (online !== null && counts(online) ? online.members : []));
  return [...new Set(members)].sort();
}

export async function deleteGroupEverywhere(
  group: string,
  masters: readonly BrokerInfo[],
  routes: Routes,
): Promise<void> {
  checkGroupName(group);
  await Promise.all(masters.map(({ address }) => deleteGroup(routes.master(address), group)));
}
