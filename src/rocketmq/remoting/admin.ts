import type {
  Admin,
  BrokerInfo,
  BrokerTopic,
  GroupInfo,
  GroupOffset,
  GroupSettings,
  Queue,
  QueueStats,
  StoredMessage,
  TopicSettings,
} from '../cluster.js';
import {
  createGroupEverywhere,
  deleteGroupEverywhere,
  followGroupEverywhere,
  groupMembersEverywhere,
  groupSettingsOf,
  groupsEverywhere,
} from './group-admin.js';
import { groupInfoOf } from './group-info.js';
import { groupOffsetsOf, setGroupOffset } from './group-offsets.js';
import type { NameServers } from './name-servers.js';
import { retryTopicOf } from './names.js';
import { queryClusterInfo } from './requests/cluster-info.js';
import { pull, type Pulled } from './requests/pull.js';
import { searchOffset } from './requests/queue-offsets.js';
import { resetOffset } from './requests/reset-offset.js';
import { queryTopicList } from './requests/topic-list.js';
import type { Routes } from './routes.js';
import {
  brokerTopics,
  createTopicEverywhere,
  deleteTopicEverywhere,
  setBrokerTopics,
  topicStats,
} from './topic-admin.js';

/** A group every broker has, for looking at messages: a pull leaves traces in the group it names. */
const lookingGroup = 'TOOLS_CONSUMER';
const mostPerPull = 32;

export class WireAdmin implements Admin {
  readonly #nameServers: NameServers;
  readonly #routes: Routes;

  constructor(nameServers: NameServers, routes: Routes) {
    this.#nameServers = nameServers;
    this.#routes = routes;
  }

  brokers(): Promise<readonly BrokerInfo[]> {
    return queryClusterInfo(this.#nameServers.ask);
  }

  topics(): Promise<readonly string[]> {
    return queryTopicList(this.#nameServers.ask);
  }

  topic(topic: string): Promise<readonly QueueStats[] | null> {
    return topicStats(this.#routes, topic);
  }

  async topicExists(topic: string): Promise<boolean> {
    return (await this.#routes.find(topic, { fresh: true })) !== null;
  }

  async createTopic(settings: TopicSettings): Promise<void> {
    await createTopicEverywhere(settings, await this.brokers(), this.#routes, this.#nameServers);
  }

  async deleteTopic(topic: string): Promise<void> {
    await deleteTopicEverywhere(topic, await this.brokers(), this.#routes, this.#nameServers);
  }

  async brokerTopics(topic: string): Promise<ReadonlyMap<string, BrokerTopic>> {
    return brokerTopics(topic, await this.brokers(), this.#routes);
  }

  async setBrokerTopics(topic: string, settings: ReadonlyMap<string, BrokerTopic>): Promise<void> {
    await setBrokerTopics(topic, settings, await this.brokers(), this.#routes, this.#nameServers);
  }

  async createGroup(group: string): Promise<void> {
    await createGroupEverywhere(group, await this.brokers(), this.#routes);
  }

  async groupOffsets(group: string, topics: readonly string[]): Promise<readonly GroupOffset[]> {
    const retryTopic = retryTopicOf(group);
    const [sentBack = [], ...offsets] = await Promise.all(
      [retryTopic, ...topics].map((topic) => groupOffsetsOf(this.#routes, group, topic)),
    );
    const isAsked = topics.includes(retryTopic);
    return [...offsets.flat(), ...sentBack.filter(({ max }) => max > 0 && !isAsked)];
  }

  async groups(): Promise<readonly string[]> {
    return groupsEverywhere(await this.brokers(), this.#routes);
  }

  async groupSettings(group: string): Promise<GroupSettings | null> {
    return groupSettingsOf(group, await this.brokers(), this.#routes);
  }

  async followGroup(group: string, settings: GroupSettings): Promise<void> {
    await followGroupEverywhere(group, settings, await this.brokers(), this.#routes);
  }

  async group(group: string): Promise<GroupInfo | null> {
    return groupInfoOf(group, await this.brokers(), this.#routes);
  }

  async groupMembers(group: string): Promise<readonly string[]> {
    return groupMembersEverywhere(group, await this.brokers(), this.#routes);
  }

  async storedAt(queue: Queue, offset: number): Promise<number | null> {
    const [message] = await this.peek(queue, offset, 1);
    return message?.storedAt ?? null;
  }

  async peek(queue: Queue, offset: number, limit: number): Promise<readonly StoredMessage[]> {
    const found: StoredMessage[] = [];
    let next = offset;
    while (found.length < limit) {
      const pulled = await this.#pull(queue, next, Math.min(mostPerPull, limit - found.length));
      found.push(...pulled.messages);
      // Beyond the end a broker points back to it.
      if (pulled.nextOffset <= next) break;
      next = pulled.nextOffset;
    }
    return found.slice(0, limit);
  }

  offsetAt(queue: Queue, time: number): Promise<number> {
    return this.#routes.at(queue, (ask) => searchOffset(ask, queue.topic, queue.queue, time));
  }

  async setOffset(group: string, queue: Queue, offset: number): Promise<void> {
    await setGroupOffset(this.#routes, group, queue, offset);
  }

  async deleteGroup(group: string): Promise<void> {
    await deleteGroupEverywhere(group, await this.brokers(), this.#routes);
    const retryTopic = retryTopicOf(group);
    const queues = await this.topic(retryTopic);
    if (queues?.every(({ min, max }) => min === max) === true) await this.deleteTopic(retryTopic);
  }

  async resetOffset(group: string, queue: Queue, offset: number): Promise<void> {
    await this.#routes.at(queue, (ask) => resetOffset(ask, group, queue.topic, queue.queue, offset));
  }

  #pull({ topic, broker, queue }: Queue, offset: number, count: number): Promise<Pulled> {
    return this.#routes.at({ topic, broker, queue }, (ask) =>
      pull(ask, { group: lookingGroup, topic, broker, queue, offset, count, waitMs: 0 }),
    );
  }
}
