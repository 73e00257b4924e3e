import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import { GrpcFailure } from '../failure.js';
import type { GrpcBroker } from '../grpc-broker.js';
import { decodeHandle, encodeHandle, type ReceiptHandle } from './receipt-handle.js';
import type { InFlight, QueueDelivery } from './queue-delivery.js';
import type { Taken } from './take.js';

export function handleOf(grpc: GrpcBroker, { queueId, entry }: Omit<Taken, 'data'>, now: number): string {
  return encodeHandle({
    deliveredAt: now,
    invisibleMs: entry.visibleAt - now,
    receipt: entry.receipt,
    brokerName: grpc.broker.name,
    queueId,
    offset: entry.offset,
    startedAt: grpc.broker.startedAt,
  });
}

export interface Receipt {
  readonly handle: ReceiptHandle;
  readonly queue: QueueDelivery;
  /** undefined: it was acknowledged before. */
  readonly entry: InFlight | undefined;
}

/** What a handle is the receipt of. Throws `GrpcFailure` where the message is somebody else's by now. */
export function receiptOf(
  grpc: GrpcBroker,
  { group, topic, text }: { group: string; topic: string; text: string },
  now: number,
): Receipt {
  const handle = decodeHandle(text);
  const { queueId, offset, receipt, startedAt } = handle;
  const queue = grpc.deliveries.find(group, topic, queueId);
  if (startedAt !== grpc.broker.startedAt || queue === undefined) {
    throw refused('it was given out by another broker, or before this one was started');
  }
  if (offset >= queue.next) throw refused('the offsets of the group were reset since');
  const entry = queue.find(offset);
  if (entry === undefined) {
    if (handle.deliveredAt + handle.invisibleMs <= now) throw refused('receipt handle is expired');
  } else if (entry.receipt !== receipt) {
    throw refused('the message was delivered again, or its invisible time was changed, since');
  } else if (entry.visibleAt <= now && entry.renewedFor === null) {
    throw refused('receipt handle is expired');
  }
  return { handle, queue, entry };
}

const refused = (why: string): GrpcFailure =>
  new GrpcFailure(definition.Code.INVALID_RECEIPT_HANDLE, `the receipt handle is not valid: ${why}`);
