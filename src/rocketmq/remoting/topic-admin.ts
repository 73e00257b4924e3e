import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerInfo, QueueStats, TopicSettings } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import { checkTopicName } from './names.js';
import type { NameServers } from './name-servers.js';
import { createTopic } from './requests/create-topic.js';
import { deleteTopicInBroker, deleteTopicInNameServer } from './requests/delete-topic.js';
import { queryRoute } from './requests/route.js';
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
  await Promise.all(
    nameServers.addresses.map((address) => waitForRoute(nameServers, address, topic, masters.length)),
  );
  await routes.find(topic, { fresh: true });
}

async function waitForRoute(
  nameServers: NameServers,
  address: string,
  topic: string,
  brokers: number,
): Promise<void> {
  const deadline = performance.now() + routeTimeoutMs;
  for (;;) {
    try {
      const route = await queryRoute(nameServers.at(address), topic);
      if ((route?.brokers.length ?? 0) >= brokers) return;
    } catch (error) {
      // A name server that is away learns of the topic when it is back.
      if (error instanceof RocketmqError && error.retryable && nameServers.addresses.length > 1) return;
      throw error;
    }
    if (performance.now() > deadline) {
      throw new RocketmqError(
        'timeout',
        `topic ${topic} was created, but name server ${address} does not know of it after ${routeTimeoutMs} ms`,
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
