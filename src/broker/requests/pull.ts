import { ensureGroup, type Broker } from '../broker.js';
import type { Answer } from '../server/connection.js';
import { permRead, type TopicConfig } from '../topics.js';
import { requestCode as code, responseCode, seeFaq } from './codes.js';
import {
  held,
  integer,
  optionalInteger,
  optionalText,
  RequestError,
  text,
  type Handler,
  type Request,
} from './request.js';
import { tagFilter } from './tag-filter.js';

const commitFlag = 1;
const suspendFlag = 2;
const subscriptionFlag = 4;

/** A pull may ask for so much. */
export const mostMessages = 1024;
export const mostBytes = 1024 * 1024;
/** Where it does not say how much. */
const usualBytes = 256 * 1024;
/** No request is held longer, whatever it asks for: a silent connection is closed after a while. */
const longestHoldMs = 60_000;

interface Pull {
  readonly group: string;
  readonly topic: string;
  readonly queueId: number;
  readonly offset: number;
  readonly sysFlag: number;
}

/** What a pull came to: RocketMQ's names are the remark of its answer. */
interface Result {
  readonly code: number;
  readonly status: string;
  readonly nextOffset: number;
  readonly min: number;
  readonly max: number;
  readonly frames?: Buffer;
  readonly count?: number;
}

const pull: Handler = (request, broker) => {
  const asked: Pull = {
    group: text(request, 'consumerGroup'),
    topic: text(request, 'topic'),
    queueId: integer(request, 'queueId'),
    offset: integer(request, 'queueOffset'),
    sysFlag: integer(request, 'sysFlag'),
  };
  const config = checkedTopic(request, broker, asked);
  const filter = filterOf(request, broker, asked);
  const result = look(request, broker, asked, filter);
  broker.offsets.notePull(asked.group, asked.topic, asked.queueId, result.nextOffset);
  // One that was held says how far its group was then: by now the group may have committed more.
  if ((asked.sysFlag & commitFlag) !== 0 && !broker.heldPulls.wasHeld(request.frame)) {
    broker.offsets.commit(asked.group, asked.topic, asked.queueId, integer(request, 'commitOffset'));
  }
  if (result.code === responseCode.pullNotFound && hold(request, broker, asked)) return held;
  note(broker, asked, result);
  return answer(result, config);
};

function checkedTopic(request: Request, broker: Broker, asked: Pull): TopicConfig {
  const group = ensureGroup(broker, asked.group);
  if (group === undefined) {
    const remark = `subscription group [${asked.group}] does not exist, ${seeFaq}`;
    throw new RequestError(responseCode.groupNotExist, remark);
  }
  if (!group.consumeEnable) {
    throw new RequestError(responseCode.noPermission, `subscription group no permission, ${asked.group}`);
  }
  const config = broker.topics.find(asked.topic);
  if (config === undefined) {
    const remark = `topic[${asked.topic}] not exist, apply first please! ${seeFaq}`;
    throw new RequestError(responseCode.topicNotExist, remark);
  }
  if ((config.perm & permRead) === 0) {
    const remark = `the topic[${asked.topic}] pulling message is forbidden`;
    throw new RequestError(responseCode.noPermission, remark);
  }
  if (asked.queueId < 0 || asked.queueId >= config.readQueueNums) {
    throw new RequestError(
      responseCode.invalidParameter,
      `queueId[${asked.queueId}] is illegal, topic:[${asked.topic}] topicConfig.readQueueNums:` +
        `[${config.readQueueNums}] consumer:[/${request.connection.remoteAddress}]`,
    );
  }
  return config;
}

function filterOf(request: Request, broker: Broker, asked: Pull): ReadonlySet<number> | null {
  if ((asked.sysFlag & subscriptionFlag) !== 0) {
    return tagFilter(optionalText(request, 'subscription'), optionalText(request, 'expressionType'));
  }
  if (broker.clients.consumers(asked.group) === undefined) {
    const remark = `the consumer's group info not exist${seeFaq}`;
    throw new RequestError(responseCode.subscriptionNotExist, remark);
  }
  const subscription = broker.clients.subscription(asked.group, asked.topic);
  if (subscription === undefined) {
    const remark = `the consumer's subscription not exist${seeFaq}`;
    throw new RequestError(responseCode.subscriptionNotExist, remark);
  }
  if (subscription.subVersion < (optionalInteger(request, 'subVersion') ?? 0)) {
    throw new RequestError(responseCode.subscriptionNotLatest, "the consumer's subscription not latest");
  }
  return tagFilter(subscription.subString, subscription.expressionType);
}

function look(request: Request, broker: Broker, asked: Pull, tagsCodes: ReadonlySet<number> | null): Result {
  const { topic, queueId, offset } = asked;
  const { min, max } = broker.store.offsets(topic, queueId);
  const nothing = (status: string, answerCode: number, nextOffset: number): Result => ({
    code: answerCode,
    status,
    nextOffset,
    min,
    max,
  });
  const { pullNotFound, pullOffsetMoved, pullRetryImmediately } = responseCode;
  const reset = broker.offsets.takeReset(asked.group, topic, queueId);
  if (reset !== undefined) return nothing('OFFSET_RESET', pullOffsetMoved, reset);
  if (max === 0) {
    return nothing('NO_MESSAGE_IN_QUEUE', offset === 0 ? pullNotFound : pullOffsetMoved, 0);
  }
  if (offset < min) return nothing('OFFSET_TOO_SMALL', pullOffsetMoved, min);
  if (offset === max) return nothing('OFFSET_OVERFLOW_ONE', pullNotFound, offset);
  if (offset > max) return nothing('OFFSET_OVERFLOW_BADLY', pullOffsetMoved, max);
  const bytes = optionalInteger(request, 'maxMsgBytes') ?? usualBytes;
  const slice = broker.store.read(topic, queueId, offset, {
    messages: Math.min(Math.max(1, integer(request, 'maxMsgNums')), mostMessages),
    bytes: Math.min(bytes > 0 ? bytes : usualBytes, mostBytes),
    tagsCodes,
  });
  if (slice.count === 0) return nothing('NO_MATCHED_MESSAGE', pullRetryImmediately, slice.nextOffset);
  return {
    code: responseCode.ok,
    status: 'FOUND',
    nextOffset: slice.nextOffset,
    min,
    max,
    frames: slice.frames,
    count: slice.count,
  };
}

/** Whether the request waits for a message now. */
function hold(request: Request, broker: Broker, asked: Pull): boolean {
  if ((asked.sysFlag & suspendFlag) === 0) return false;
  const suspendMs = Math.min(integer(request, 'suspendTimeoutMillis'), longestHoldMs);
  const now = Date.now();
  const deadline = broker.heldPulls.deadlineOf(request.frame, now, suspendMs);
  if (deadline <= now) return false;
  const { connection, frame } = request;
  broker.heldPulls.hold(asked.topic, asked.queueId, { connection, frame, deadline });
  return true;
}

function note(broker: Broker, asked: Pull, result: Result): void {
  if (result.count === undefined) {
    broker.meters.missed.add(1);
    return;
  }
  broker.meters.found.add(1);
  broker.meters.got.add(result.count);
  broker.groupMeters.add(`${asked.topic} ${asked.group}`, result.count);
}

function answer(result: Result, config: TopicConfig): Answer {
  return {
    code: result.code,
    remark: result.status,
    fields: {
      suggestWhichBrokerId: '0',
      groupSysFlag: '0',
      nextBeginOffset: String(result.nextOffset),
      maxOffset: String(result.max),
      minOffset: String(result.min),
      topicSysFlag: String(config.topicSysFlag),
    },
    body: result.frames,
  };
}

export const pullHandlers: readonly (readonly [number, Handler])[] = [
  [code.pullMessage, pull],
  [code.litePullMessage, pull],
];
