import type { WriteUniqueKey } from '../../../src/rocketmq/remoting/codec/unique-key.js';

/** What the recorded exchanges are about: the capture script asks with these, the tests ask the same again. */
export const fixture = {
  topic: 'fixture-topic',
  noTopic: 'fixture-no-topic',
  group: 'fixture-group',
  producerGroup: 'fixture-producer',
  broker: 'broker-a',
  /** Milliseconds since 1970, before any message was stored. */
  longAgo: 1_000_000_000_000,
  messages: [
    { body: Buffer.from('first') },
    { body: Buffer.alloc(0), key: 'an empty one' },
    {
      body: Buffer.from('grüße, 世界 🌍'),
      key: 'schlüssel',
      tag: 'tag',
      properties: { plain: 'a b=c', 'naïve 名': '🌍', empty: '' },
    },
    { body: Buffer.from([0, 1, 2, 255, 254]), properties: { __proto: 'x' } },
  ],
  membership: {
    clientId: 'fixture-client@1',
    producerGroups: ['fixture-producer'],
    consumerGroups: [{ group: 'fixture-group', topics: ['fixture-topic'] }],
  },
  /** The first queues of the topic. */
  locking: (clientId: string, count: number) => ({
    group: 'fixture-group',
    clientId,
    queues: Array.from({ length: count }, (_, queue) => ({
      topic: 'fixture-topic',
      broker: 'broker-a',
      queue,
    })),
  }),
  uniqueKeys: (): WriteUniqueKey => {
    let count = 0;
    return (out, at) => {
      out.write((++count).toString(16).toUpperCase().padStart(32, '0'), at);
    };
  },
};
