import { encodeProperty } from '../../../rocketmq/remoting/codec/properties.js';
import { putTopic, type Broker } from '../../broker.js';
import { deadLetterPrefix } from '../../names.js';
import { putMessages } from '../../put-messages.js';
import { gatherMessages } from '../../storage/gather-messages.js';
import { originOf, readOwnFrame } from '../../storage/stored-frame.js';
import { findProperty } from '../../storage/stored-properties.js';
import { newTopic } from '../../topics.js';

const uniqueKey = Buffer.from('UNIQ_KEY');

/**
 * Copies a stored message to the dead letters of a group, with its topic and id as RocketMQ notes them
 * there, and `attempts` as the times it was consumed.
 */
export function putDeadLetter(broker: Broker, group: string, data: Buffer, attempts: number): void {
  const frame = readOwnFrame(data);
  if (frame === null) throw new Error('a stored message cannot be read: its checksum is wrong');
  const topic = deadLetterPrefix + group;
  if (broker.topics.find(topic) === undefined) putTopic(broker, newTopic(topic, 1));
  const id = findProperty(data, frame.propertiesStart, frame.propertiesEnd, uniqueKey);
  const text = data.toString('utf8', frame.propertiesStart, frame.propertiesEnd);
  const properties =
    (text === '' || text.endsWith('\u0002') ? text : `${text}\u0002`) +
    encodeProperty('RETRY_TOPIC', frame.topic) +
    encodeProperty('DLQ_ORIGIN_TOPIC', frame.topic) +
    (id === null ? '' : encodeProperty('DLQ_ORIGIN_MESSAGE_ID', data.toString('utf8', id.start, id.end)));
  putMessages(
    broker,
    { ...originOf(data), topic, queueId: 0, reconsumeTimes: attempts },
    gatherMessages([{ body: data.subarray(frame.bodyStart, frame.bodyEnd), properties }]),
  );
}
