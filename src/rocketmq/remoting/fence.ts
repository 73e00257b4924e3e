import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import { encodeBatch } from './codec/batch.js';
import { uniqueKeys } from './codec/unique-key.js';
import type { Members } from './members.js';
import type { Ask } from './request.js';
import { createTopic } from './requests/create-topic.js';
import { queryProducerConnections } from './requests/producer-connections.js';
import { queryMaxOffset } from './requests/queue-offsets.js';
import { queryRuntimeInfo } from './requests/runtime-info.js';
import { sendBatch } from './requests/send-batch.js';
import type { Routes } from './routes.js';

/** Holds the fence's markers: one queue on each broker. */
export const fenceTopic = 'rmq-connect-fence';

/** A broker takes up to 120 s to notice that a client's host has vanished. */
const goneMs = 125_000;
const markerMs = 30_000;
/** It is over in a tenth of a second as a rule; a broker that is waited for longer is not to be asked all the time. */
const firstPollMs = 10;
const lastPollMs = 250;

export interface Fence {
  readonly group: string;
  readonly routes: Routes;
  readonly members: Members;
}

/**
 * Waits until nothing that the group's `dead` clients, or lost connections of our own, have sent to the
 * queue's broker can still be stored, and everything stored can be read. Requests outlive their client:
 * they wait in the broker's sockets and thread pool. So
 * 1. until the broker has closed those connections: all of their bytes are read then (request 204; it knows this
 *    connection first, or the only one it lists might be the lost one),
 * 2. until its send threads have nothing waiting, seen twice (request 28, `sendThreadPoolQueueSize`),
 * 3. a marker is sent, and must become readable: queues follow the broker's log in its order.
 *
 * A request that a send thread has begun before (2) and not ended at (3) is not covered: RocketMQ has no
 * way to tell. Throws `timeout` when a client does not go away.
 */
export async function settle(
  { group, routes, members }: Fence,
  { broker, topic }: Queue,
  dead: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await routes.at({ topic, broker, queue: 0 }, async (ask) => {
    await members.introduceProducer(ask, group);
    await until(signal, goneMs, `the former writer of ${group} to leave broker ${broker}`, async () => {
      const connected = await queryProducerConnections(ask, group);
      const ours = connected.filter((clientId) => clientId === members.clientId).length;
      return ours === 1 && !connected.some((clientId) => dead.includes(clientId));
    });
    let idle = 0;
    await until(signal, goneMs, `broker ${broker} to work off what was sent to it`, async () => {
      idle = (await sendsWaiting(ask)) === '0' ? idle + 1 : 0;
      return idle >= 2;
    });
    await sendMarker(ask, group, broker, signal);
  });
}

/** Undefined while the broker cannot tell: in its first second 28 fails, for want of samples to count. */
async function sendsWaiting(ask: Ask): Promise<string | undefined> {
  try {
    return (await queryRuntimeInfo(ask))('sendThreadPoolQueueSize');
  } catch (error) {
    if (error instanceof RocketmqError && error.code === 'broker_error') return undefined;
    throw error;
  }
}

async function sendMarker(ask: Ask, group: string, broker: string, signal: AbortSignal): Promise<void> {
  const batch = encodeBatch([{ body: Buffer.from(group) }], uniqueKeys());
  const send = (): Promise<number> =>
    sendBatch(
      ask,
      { group, topic: fenceTopic, broker, queue: 0, batch, sysFlag: 0, bornAt: Date.now() },
      signal,
    );
  const offset = await send().catch(async (error: unknown) => {
    if (!(error instanceof RocketmqError) || error.code !== 'topic_not_found') throw error;
    // Made on this broker only, and without a name server: that may be away just now.
    await createTopic(ask, fenceTopic, 1);
    return send();
  });
  await until(signal, markerMs, `broker ${broker} to show what it has stored`, async () => {
    return (await queryMaxOffset(ask, fenceTopic, 0)) > offset;
  });
}

async function until(
  signal: AbortSignal,
  limitMs: number,
  what: string,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > limitMs) throw new RocketmqError('timeout', `waited ${limitMs / 1000} s for ${what}`);
    const pollMs = Math.min(lastPollMs, Math.max(firstPollMs, waitedMs / 10));
    await sleep(pollMs, undefined, { signal });
  }
}
