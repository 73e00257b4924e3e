import { Arrivals, type ConnectorContext, type SourceTask } from '../../src/sdk/index.js';
import { redisError } from './errors.js';
import type { Link } from './link.js';
import { batchRecords } from './reading.js';

interface Message {
  readonly channel: string;
  readonly value: Buffer;
}

/** Redis does not wait for whoever listens: what cannot be kept is dropped, and said. */
const mostWaiting = 50_000;
const sayEveryMs = 10_000;

/** Messages of channels, as they come. */
export async function readChannels(
  link: Link,
  names: readonly string[],
  { log }: ConnectorContext,
): Promise<SourceTask> {
  const arrivals = new Arrivals<Message>();
  const client = await link.client();
  let dropped = 0;
  let sayAt = 0;
  const arrived = (channel: Buffer, value: Buffer): void => {
    if (arrivals.size < mostWaiting) {
      arrivals.push({ channel: channel.toString(), value });
      return;
    }
    dropped += 1;
    if (performance.now() < sayAt) return;
    sayAt = performance.now() + sayEveryMs;
    log.warn('messages of channels are dropped: they come faster than RocketMQ takes them', { dropped });
  };
  client.on('messageBuffer', arrived);
  client.on('pmessageBuffer', (_pattern: Buffer, channel: Buffer, value: Buffer) => {
    arrived(channel, value);
  });
  client.on('end', () => {
    arrivals.fail(redisError(new Error('Connection is closed.'), link.where, 'SUBSCRIBE'));
  });
  try {
    const patterns = names.filter((name) => /[*?[]/.test(name));
    const channels = names.filter((name) => !patterns.includes(name));
    if (channels.length > 0) await client.subscribe(...channels);
    if (patterns.length > 0) await client.psubscribe(...patterns);
  } catch (error) {
    throw redisError(error, link.where, 'SUBSCRIBE');
  }
  let delivered = 0;
  return {
    read: async (signal) => {
      const [first, ...more] = (await arrivals.take(batchRecords, signal)) ?? [];
      if (first === undefined) return null;
      const records = [first, ...more].map(({ channel, value }) => {
        delivered += 1;
        return { value, headers: { 'redis.channel': channel }, position: { delivered } };
      });
      return { partition: names.join(','), records };
    },
    close: () => {
      link.close();
      return Promise.resolve();
    },
  };
}
