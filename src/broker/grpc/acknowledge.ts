import type { Resource, Status } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import type {
  AckMessageRequest,
  AckMessageResponse,
  ChangeInvisibleDurationRequest,
  ChangeInvisibleDurationResponse,
  ForwardMessageToDeadLetterQueueRequest,
  ForwardMessageToDeadLetterQueueResponse,
} from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { putDeadLetter } from './deliveries/dead-letters.js';
import { handleOf, receiptOf, type Receipt } from './deliveries/receipts.js';
import { commonStatus, failureStatus, okStatus } from './failure.js';
import type { GrpcBroker } from './grpc-broker.js';
import { toMs } from './protobuf-time.js';
import { checkedInvisibleMs } from './receive.js';
import { ensureKnownGroup, knownTopic } from './resources.js';

interface Named {
  readonly group: string;
  readonly topic: string;
}

function namesOf(
  grpc: GrpcBroker,
  request: { getGroup(): Resource | undefined; getTopic(): Resource | undefined },
): Named {
  return {
    group: ensureKnownGroup(grpc.broker, request.getGroup()).groupName,
    topic: knownTopic(grpc.broker, request.getTopic()).topicName,
  };
}

export function ackMessage(grpc: GrpcBroker, request: AckMessageRequest): AckMessageResponse {
  const names = namesOf(grpc, request);
  const now = Date.now();
  const statuses: Status[] = [];
  const results = request.getEntriesList().map((entry) => {
    const text = entry.getReceiptHandle();
    let status = okStatus();
    try {
      remove(grpc, names, receiptOf(grpc, { ...names, text }, now));
    } catch (error) {
      status = failureStatus(grpc.broker, 'AckMessage', error);
    }
    statuses.push(status);
    return new service.AckMessageResultEntry()
      .setMessageId(entry.getMessageId())
      .setReceiptHandle(text)
      .setStatus(status);
  });
  if (results.length > 0) wakeIfOrderly(grpc, names);
  return new service.AckMessageResponse().setStatus(commonStatus(statuses)).setEntriesList(results);
}

function remove(grpc: GrpcBroker, { group, topic }: Named, { handle, queue, entry }: Receipt): void {
  if (entry === undefined) return;
  queue.acknowledge(entry.offset);
  grpc.deliveries.commit(group, topic, handle.queueId, queue);
}

/** The next messages of a FIFO group wait for those before them to be acknowledged. */
function wakeIfOrderly(grpc: GrpcBroker, { group, topic }: Named): void {
  if (grpc.broker.groups.find(group)?.consumeMessageOrderly === true) grpc.receivers.wake(topic);
}

export function changeInvisibleDuration(
  grpc: GrpcBroker,
  request: ChangeInvisibleDurationRequest,
): ChangeInvisibleDurationResponse {
  const names = namesOf(grpc, request);
  const now = Date.now();
  const asked = request.getInvisibleDuration();
  const invisibleMs = checkedInvisibleMs(asked === undefined ? 0 : toMs(asked), 0);
  const { handle, queue, entry } = receiptOf(grpc, { ...names, text: request.getReceiptHandle() }, now);
  const response = new service.ChangeInvisibleDurationResponse().setStatus(okStatus());
  if (entry === undefined) return response.setReceiptHandle(request.getReceiptHandle());
  const changed = queue.changeInvisible(entry, {
    receipt: grpc.deliveries.nextReceipt(),
    visibleAt: now + invisibleMs,
    counted: request.getSuspend() !== true,
  });
  if (invisibleMs === 0) grpc.receivers.wake(names.topic);
  return response.setReceiptHandle(handleOf(grpc, { queueId: handle.queueId, entry: changed }, now));
}

export function forwardToDeadLetters(
  grpc: GrpcBroker,
  request: ForwardMessageToDeadLetterQueueRequest,
): ForwardMessageToDeadLetterQueueResponse {
  const names = namesOf(grpc, request);
  const receipt = receiptOf(grpc, { ...names, text: request.getReceiptHandle() }, Date.now());
  const { handle, entry } = receipt;
  if (entry !== undefined) {
    const limits = { messages: 1, bytes: 1, tagsCodes: null };
    const { frames, count } = grpc.broker.store.read(names.topic, handle.queueId, entry.offset, limits);
    if (count === 1) putDeadLetter(grpc.broker, names.group, frames, entry.attempt);
    remove(grpc, names, receipt);
    wakeIfOrderly(grpc, names);
  }
  return new service.ForwardMessageToDeadLetterQueueResponse().setStatus(okStatus());
}
