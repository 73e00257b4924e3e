import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import { GrpcFailure } from '../failure.js';

/** What a consumer acknowledges a message by. */
export interface ReceiptHandle {
  readonly deliveredAt: number;
  readonly invisibleMs: number;
  readonly receipt: number;
  readonly brokerName: string;
  readonly queueId: number;
  readonly offset: number;
  /** When the broker was started that gave it out: others do not know it. */
  readonly startedAt: number;
}

/**
 * In the form of RocketMQ (org.apache.rocketmq.common.consumer.ReceiptHandle), which some read the broker
 * and the queue from, divided by spaces: start offset, time of the delivery, invisible time, revive queue
 * (here the receipt), type of the topic, broker, queue, offset, position in the log (here the broker's start).
 */
export function encodeHandle(handle: ReceiptHandle): string {
  const { deliveredAt, invisibleMs, receipt, brokerName, queueId, offset, startedAt } = handle;
  return `${offset} ${deliveredAt} ${invisibleMs} ${receipt} 0 ${brokerName} ${queueId} ${offset} ${startedAt}`;
}

export function decodeHandle(text: string): ReceiptHandle {
  const parts = text.split(' ');
  const at = (index: number): number => Number(parts[index] ?? Number.NaN);
  const handle = {
    deliveredAt: at(1),
    invisibleMs: at(2),
    receipt: at(3),
    brokerName: parts[5] ?? '',
    queueId: at(6),
    offset: at(7),
    startedAt: at(8),
  };
  const { deliveredAt, invisibleMs, receipt, queueId, offset, startedAt } = handle;
  const numbers = [deliveredAt, invisibleMs, receipt, queueId, offset, startedAt];
  if (numbers.every(Number.isSafeInteger)) return handle;
  throw new GrpcFailure(
    definition.Code.INVALID_RECEIPT_HANDLE,
    `this is no receipt handle: ${JSON.stringify(text)}`,
  );
}
