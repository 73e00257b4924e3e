import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerInfo, BrokerTopic, QueueStats, TopicSettings } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import { checkTopicName } from './names.js';
import type { NameServers } from './name-servers.js';
import { createTopic, setTopic } from './requests/create-topic.js';
import { deleteTopicInBroker, deleteTopicInNameServer } from './requests/delete-topic.js';
import { queryRoute, type Route } from './requests/route.js';
import { queryTopicConfig } from './requests/topic-config.js';
import { queryTopicStats } from './requests/topic-stats.js';
import type { Routes } from './routes.js';

const routeTimeoutMs = 10_000;
const pollMs = 20;

/** Min, max and newest message of every queue; null when there is no such topic. */
export async function topicStats(routes: Routes, topic: string): Promise<QueueStats[] | null> {
  const route = await routes.find(topic, { fresh: true });
  if (route === null) return null;
  const byBroker = await Promise.all(
    route.brokers.map(async ({ broker }) => {
      const stats = await routes.at({ topic, broker, queue: 0 }, (ask) => queryTopicStats(ask, topic));
      return [...(stats ?? [])].map(([queue, values]) => ({ topic, broker, queue, ...values }));
    }),
  );
  return byBroker
    .flat()
    .sort((a, b) => (a.broker === b.broker ? a.queue - b.queue : a.broker < b.broker ? -1 : 1));
}

/** Makes the topic on all masters unless it exists, and waits until every name server knows of all of them. */
export async function createTopicEverywhere(
  { topic, queues }: TopicSettings,
  masters: readonly BrokerInfo[],
  routes: Routes,
  nameServers: NameServers,
): Promise<void> {
  checkTopicName(topic);
  if ((await routes.find(topic, { fresh: true })) !== null) return;
  // The only broker may be just away: made on nobody is not made.
  if (masters.length === 0) {
    throw new RocketmqError('unreachable', `topic ${topic} cannot be made: the name server knows no broker`);
  }
  await Promise.all(masters.map(({ address }) => createTopic(routes.master(address), topic, queues)));
  await waitForRoutes(topic, (route) => route.brokers.length >= masters.length, routes, nameServers);
}

/** How the topic is set on each of the masters that have it. */
export async function brokerTopics(
  topic: string,
  masters: readonly BrokerInfo[],
  routes: Routes,
): Promise<ReadonlyMap<string, BrokerTopic>> {
  const found = await Promise.all(
    masters.map(
      async ({ broker, address }) => [broker, await queryTopicConfig(routes.master(address), topic)] as const,
    ),
  );
  return new Map(found.flatMap(([broker, config]) => (config === null ? [] : [[broker, config] as const])));
}

/** Sets it on those brokers, and waits until every name server knows of that. */
export async function setBrokerTopics(
  topic: string,
  settings: ReadonlyMap<string, BrokerTopic>,
  masters: readonly BrokerInfo[],
  routes: Routes,
  nameServers: NameServers,
): Promise<void> {
  checkTopicName(topic);
  for (const [broker, config] of settings) {
    const master = masters.find((one) => one.broker === broker);
    if (master === undefined) {
      throw new RocketmqError(
        'unreachable',
        `broker ${broker} has no master: topic ${topic} cannot be set on it`,
      );
    }
    await setTopic(routes.master(master.address), topic, config);
  }
  const isKnown = ({ brokers }: Route): boolean =>
    [...settings].every(([broker, { readQueues, writeQueues }]) =>
      brokers.some(
        (one) => one.broker === broker && one.readQueues === readQueues && one.writeQueues === writeQueues,
      ),
    );
  await waitForRoutes(topic, isKnown, routes, nameServers);
}

/** Until every name server answers such a route. */
async function waitForRoutes(
  topic: string,
  isKnown: (route: Route) => boolean,
  routes: Routes,
  nameServers: NameServers,
): Promise<void> {
  await Promise.all(
    nameServers.addresses.map((address) => waitForRoute(nameServers, address, topic, isKnown)),
  );
  await routes.find(topic, { fresh: true });
}

async function waitForRoute(
  nameServers: NameServers,
  address: string,
  topic: string,
  isKnown: (route: Route) => boolean,
): Promise<void> {
  const deadline = performance.now() + routeTimeoutMs;
  for (;;) {
    try {
      const route = await queryRoute(nameServers.at(address), topic);
      if (route !== null && isKnown(route)) return;
    } catch (error) {
      // A name server that is away learns of the topic when it is back.
      if (error instanceof RocketmqError && error.retryable && nameServers.addresses.length > 1) return;
      throw error;
    }
    if (performance.now() > deadline) {
      throw new RocketmqError(
        'timeout',
        `topic ${topic} was made or set, but name server ${address} does not know of that after ${routeTimeoutMs} ms`,
        { address },
      );
    }
    await sleep(pollMs);
  }
}

export async function deleteTopicEverywhere(
  topic: string,
  masters: readonly BrokerInfo[],
  routes: Routes,
  nameServers: NameServers,
): Promise<void> {
  checkTopicName(topic);
  await Promise.all(masters.map(({ address }) => deleteTopicInBroker(routes.master(address), topic)));
  await Promise.all(
    nameServers.addresses.map((address) => deleteTopicInNameServer(nameServers.at(address), topic)),
  );
  await routes.find(topic, { fresh: true });
}
