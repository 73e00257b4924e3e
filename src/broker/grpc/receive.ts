import type { ServerWritableStream } from '@grpc/grpc-js';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type { Status } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import type {
  ReceiveMessageRequest,
  ReceiveMessageResponse,
} from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { permRead } from '../topics.js';
import { callerOf } from './caller.js';
import { tagSubscription } from './deliveries/tag-subscription.js';
import { renewalMs, take, type Taken, type Wish } from './deliveries/take.js';
import { failureStatus, GrpcFailure, okStatus, statusOf } from './failure.js';
import type { GrpcBroker } from './grpc-broker.js';
import { outgoingMessages } from './outgoing-message.js';
import { timestamp, toMs } from './protobuf-time.js';
import { ensureKnownGroup, knownTopic } from './resources.js';

const { Code } = definition;

export type ReceiveCall = ServerWritableStream<ReceiveMessageRequest, ReceiveMessageResponse>;

const mostMessages = 32;
const longestPollMs = 20_000;
const shortestInvisibleMs = 10_000;
const longestInvisibleMs = 12 * 3_600_000;
/** An answer must be on its way before the client's own time is over. */
const reserveMs = 200;

/**
 * Answers with messages, or when there are none until the poll is over. Unlike a proxy of RocketMQ, which
 * polls 5 s at least, it polls as long as the client asks for, up to 20 s: tests need not wait.
 */
export function receiveMessage(grpc: GrpcBroker, call: ReceiveCall): void {
  const wish = wishOf(grpc, call);
  const deadline = Date.now() + pollMs(call);
  const receiver = {
    topic: wish.topic.topicName,
    group: wish.group.groupName,
    deadline,
    tryAgain: () => call.cancelled || serveSafely(grpc, call, wish),
    giveUp: () => {
      grpc.broker.meters.missed.add(1);
      finish(call, statusOf(Code.MESSAGE_NOT_FOUND, 'no new message'), []);
    },
  };
  if (serve(grpc, call, wish)) return;
  call.once('cancelled', () => {
    grpc.receivers.remove(receiver);
  });
  grpc.receivers.add(receiver);
}

function wishOf(grpc: GrpcBroker, call: ReceiveCall): Wish {
  const { request } = call;
  const topic = knownTopic(grpc.broker, request.getMessageQueue()?.getTopic());
  const group = ensureKnownGroup(grpc.broker, request.getGroup());
  if ((topic.perm & permRead) === 0) throw new GrpcFailure(Code.FORBIDDEN, 'no readable queue');
  const renewed = request.getAutoRenew();
  const invisible = request.getInvisibleDuration();
  return {
    group,
    topic,
    most: Math.min(Math.max(1, request.getBatchSize()), mostMessages),
    invisibleMs: renewed
      ? renewalMs
      : checkedInvisibleMs(invisible === undefined ? 0 : toMs(invisible), shortestInvisibleMs),
    renewedFor: renewed ? callerOf(call).clientId : null,
    subscription: tagSubscription(request.getFilterExpression()),
    attemptId: request.getAttemptId(),
  };
}

export function checkedInvisibleMs(ms: number, least: number): number {
  if (ms >= least && ms <= longestInvisibleMs) return ms;
  const problem = ms < least ? `too small. min is ${least}` : `too large. max is ${longestInvisibleMs}`;
  throw new GrpcFailure(Code.ILLEGAL_INVISIBLE_TIME, `the invisibleTime is ${problem}`);
}

function pollMs(call: ReceiveCall): number {
  const left = Number(call.getDeadline()) - Date.now() - reserveMs;
  const asked = call.request.getLongPollingTimeout();
  return Math.max(0, Math.min(asked === undefined ? longestPollMs : toMs(asked), longestPollMs, left));
}

function serveSafely(grpc: GrpcBroker, call: ReceiveCall, wish: Wish): boolean {
  try {
    return serve(grpc, call, wish);
  } catch (error) {
    refuseReceive(call, failureStatus(grpc.broker, 'ReceiveMessage', error));
    return true;
  }
}

/** True when it answered. */
function serve(grpc: GrpcBroker, call: ReceiveCall, wish: Wish): boolean {
  const now = Date.now();
  const { topicName } = wish.topic;
  const topic = grpc.broker.topics.find(topicName);
  if (topic === undefined) {
    finish(call, statusOf(Code.TOPIC_NOT_FOUND, `there is no topic ${topicName}`), []);
    return true;
  }
  const { taken, more } = take(grpc, { ...wish, topic }, now);
  if (taken.length === 0) {
    if (more) grpc.receivers.wake(topicName);
    return false;
  }
  const { meters, groupMeters } = grpc.broker;
  meters.found.add(1);
  meters.got.add(taken.length);
  groupMeters.add(`${topicName} ${wish.group.groupName}`, taken.length);
  answer(grpc, call, taken, now);
  return true;
}

function answer(grpc: GrpcBroker, call: ReceiveCall, taken: readonly Taken[], now: number): void {
  outgoingMessages(grpc, taken, now)
    .then((messages) => {
      finish(
        call,
        okStatus(),
        messages.map((message) => new service.ReceiveMessageResponse().setMessage(message)),
      );
    })
    .catch((error: unknown) => {
      // The messages come again when their invisible time is over.
      refuseReceive(call, failureStatus(grpc.broker, 'ReceiveMessage', error));
    });
}

function finish(call: ReceiveCall, status: Status, messages: readonly ReceiveMessageResponse[]): void {
  call.write(new service.ReceiveMessageResponse().setStatus(status));
  for (const message of messages) call.write(message);
  call.write(new service.ReceiveMessageResponse().setDeliveryTimestamp(timestamp(Date.now())));
  call.end();
}

export function refuseReceive(call: ReceiveCall, status: Status): void {
  finish(call, status, []);
}
