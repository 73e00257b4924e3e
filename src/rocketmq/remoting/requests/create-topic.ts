import type { Ask } from '../request.js';
import type { BrokerTopic } from '../../cluster.js';
import { accepted } from '../answer.js';

const readAndWrite = 6;

/**
 * UPDATE_AND_CREATE_TOPIC (17), broker. Overwrites the settings of an existing topic without asking. Fields:
 * topic, defaultTopic, readQueueNums, writeQueueNums, perm, topicFilterType, topicSysFlag, order, attributes.
 * (broker.processor.AdminBrokerProcessor `updateAndCreateTopic`)
 */
export async function setTopic(ask: Ask, topic: string, settings: BrokerTopic): Promise<void> {
  const { readQueues, writeQueues, perm, attributes } = settings;
  accepted(
    await ask({
      code: 17,
      name: 'UPDATE_AND_CREATE_TOPIC',
      fields: {
        topic,
        defaultTopic: 'TBW102',
        readQueueNums: readQueues,
        writeQueueNums: writeQueues,
        perm,
        topicFilterType: 'SINGLE_TAG',
        topicSysFlag: 0,
        order: false,
        attributes: Object.entries(attributes)
          .map(([name, value]) => `+${name}=${value}`)
          .join(','),
      },
    }),
  );
}

/** One that can be read and written. */
export function createTopic(ask: Ask, topic: string, queues: number): Promise<void> {
  const attributes = { 'message.type': 'NORMAL' };
  return setTopic(ask, topic, { readQueues: queues, writeQueues: queues, perm: readAndWrite, attributes });
}
