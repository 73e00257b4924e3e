import type { Ask } from '../request.js';
import { accepted } from '../answer.js';

const readAndWrite = 6;

/**
 * UPDATE_AND_CREATE_TOPIC (17), broker. Overwrites the settings of an existing topic without asking. Fields:
 * topic, defaultTopic, readQueueNums, writeQueueNums, perm, topicFilterType, topicSysFlag, order, attributes.
 * (broker.processor.AdminBrokerProcessor `updateAndCreateTopic`)
 */
export async function createTopic(ask: Ask, topic: string, queues: number): Promise<void> {
  accepted(
    await ask({
      code: 17,
      name: 'UPDATE_AND_CREATE_TOPIC',
      fields: {
        topic,
        defaultTopic: 'TBW102',
        readQueueNums: queues,
        writeQueueNums: queues,
        perm: readAndWrite,
        topicFilterType: 'SINGLE_TAG',
        topicSysFlag: 0,
        order: false,
        attributes: '+message.type=NORMAL',
      },
    }),
  );
}
