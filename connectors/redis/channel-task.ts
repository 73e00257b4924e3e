import { Arrivals, pushOrDrop, type ConnectorContext, type SourceTask } from '../../src/sdk/index.js';
import { redisError } from './errors.js';
import type { Link } from './link.js';
import { batchRecords, isPattern } from './reading.js';

interface Message {
  readonly channel: string;
  readonly value: Buffer;
}

/** Messages of channels, as they come: Redis does not wait for whoever listens. */
export async function readChannels(
  link: Link,
  names: readonly string[],
  { log }: ConnectorContext,
): Promise<SourceTask> {
  const arrivals = new Arrivals<Message>();
  const client = await link.client();
  const push = pushOrDrop(arrivals, log, 'channels');
  const arrived = (channel: Buffer, value: Buffer): void => {
    push({ channel: channel.toString(), value });
  };
  client.on('messageBuffer', arrived);
  client.on('pmessageBuffer', (_pattern: Buffer, channel: Buffer, value: Buffer) => {
    arrived(channel, value);
  });
  client.on('end', () => {
    arrivals.fail(redisError(new Error('Connection is closed.'), link.where, 'SUBSCRIBE'));
  });
  try {
    const patterns = names.filter(isPattern);
    const channels = names.filter((name) => !patterns.includes(name));
    if (channels.length > 0) await client.subscribe(...channels);
    if (patterns.length > 0) await client.psubscribe(...patterns);
  } catch (error) {
    throw redisError(error, link.where, 'SUBSCRIBE');
  }
  let delivered = 0;
  return {
    read: async (signal) => {
      const messages = (await arrivals.take(batchRecords, signal)) ?? [];
      const records = messages.map(({ channel, value }) => {
        delivered += 1;
        return { value, headers: { 'redis.channel': channel }, position: { delivered } };
      });
      return { partition: names.join(','), records };
    },
    close: () => link.close(),
  };
}
