import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import type {
  SendMessageRequest,
  SendMessageResponse,
} from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { putMessages } from '../put-messages.js';
import { gatherMessages } from '../storage/gather-messages.js';
import type { Origin } from '../storage/stored-frame.js';
import { permWrite, type TopicConfig } from '../topics.js';
import type { Caller } from './caller.js';
import { GrpcFailure, okStatus } from './failure.js';
import { fifoQueue } from './fifo-queue.js';
import type { GrpcBroker } from './grpc-broker.js';
import { incomingMessage, type IncomingMessage } from './incoming-message.js';
import { ensureTopic, topicName } from './resources.js';
import { acceptedTypes } from './route.js';

const { Code } = definition;
const nextQueues = new WeakMap<TopicConfig, number>();

/**
 * Stores the messages of a request, all or none where one is refused. Messages without a message group go
 * to one queue, the next one in turn; those of a message group always to the same one, in their order. As
 * with a proxy of RocketMQ, several messages get one entry with the first one's offset.
 */
export function sendMessage(
  grpc: GrpcBroker,
  request: SendMessageRequest,
  caller: Caller,
): SendMessageResponse {
  const sent = request.getMessagesList();
  if (sent.length === 0) throw new GrpcFailure(Code.MESSAGE_CORRUPTED, 'no message to send');
  const name = topicName(sent[0]?.getTopic());
  if (sent.some((message) => message.getTopic()?.getName() !== name)) {
    throw new GrpcFailure(Code.MESSAGE_CORRUPTED, 'topic in message is not same');
  }
  const topic = ensureTopic(grpc, sent[0]?.getTopic());
  if ((topic.perm & permWrite) === 0 || topic.writeQueueNums === 0) {
    throw new GrpcFailure(Code.FORBIDDEN, 'no writable queue');
  }
  const accepted = acceptedTypes(topic);
  const messages = sent.map((message) => incomingMessage(message, accepted, caller.address));
  if (messages.length > 1 && messages.some(({ deliverAt }) => deliverAt !== null)) {
    throw new GrpcFailure(Code.BAD_REQUEST, 'a delayed message must be the only one of its request');
  }
  const offset = store(grpc, topic, messages, caller);
  const ids = messages.map(({ id }) => id).join(',');
  const entry = new service.SendResultEntry()
    .setStatus(okStatus())
    .setMessageId(ids)
    .setTransactionId(messages.length === 1 ? ids : '')
    .setOffset(offset);
  return new service.SendMessageResponse().setStatus(okStatus()).setEntriesList([entry]);
}

function store(
  grpc: GrpcBroker,
  topic: TopicConfig,
  messages: readonly IncomingMessage[],
  caller: Caller,
): number {
  let first: number | undefined;
  for (const [queueId, ofQueue] of byQueue(topic, messages)) {
    const origin: Origin = {
      topic: topic.topicName,
      queueId,
      sysFlag: 0,
      bornAt: ofQueue[0]?.bornAt ?? 0,
      bornHost: caller.host,
      storeHost: grpc.storeHost,
      reconsumeTimes: 0,
    };
    const deliverAt = ofQueue[0]?.deliverAt ?? null;
    const { offset } =
      deliverAt !== null && deliverAt > Date.now()
        ? grpc.delayed.hold(origin, ofQueue, deliverAt)
        : putMessages(grpc.broker, origin, gatherMessages(ofQueue));
    first ??= offset;
  }
  return first ?? 0;
}

function byQueue(
  topic: TopicConfig,
  messages: readonly IncomingMessage[],
): ReadonlyMap<number, IncomingMessage[]> {
  const queues = new Map<number, IncomingMessage[]>();
  let plain: number | undefined;
  for (const message of messages) {
    const queueId =
      message.messageGroup === ''
        ? (plain ??= nextQueue(topic))
        : fifoQueue(message.messageGroup, topic.writeQueueNums);
    const known = queues.get(queueId);
    if (known === undefined) queues.set(queueId, [message]);
    else known.push(message);
  }
  return queues;
}

function nextQueue(topic: TopicConfig): number {
  const next = nextQueues.get(topic) ?? 0;
  nextQueues.set(topic, next + 1);
  return next % topic.writeQueueNums;
}
