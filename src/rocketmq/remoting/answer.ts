import { RocketmqError, type RocketmqErrorCode } from '../errors.js';
import { parseTolerantJson, type Tolerant, type TolerantObject } from './codec/tolerant-json.js';
import type { Answer, Request } from './request.js';

/** org.apache.rocketmq.remoting.protocol.ResponseCode and RemotingSysResponseCode. */
export const responseCode = {
  success: 0,
  systemError: 1,
  systemBusy: 2,
  notSupported: 3,
  flushDiskTimeout: 10,
  slaveNotAvailable: 11,
  flushSlaveTimeout: 12,
  messageIllegal: 13,
  serviceNotAvailable: 14,
  noPermission: 16,
  topicNotExist: 17,
  pullNotFound: 19,
  pullRetryImmediately: 20,
  pullOffsetMoved: 21,
  queryNotFound: 22,
  subscriptionGroupNotExist: 26,
  invalidParameter: 29,
  consumerNotOnline: 206,
  flowControl: 215,
  notLeaderForQueue: 501,
} as const;

const meanings: ReadonlyMap<number, RocketmqErrorCode> = new Map<number, RocketmqErrorCode>([
  [responseCode.systemBusy, 'busy'],
  [responseCode.notSupported, 'unsupported'],
  [responseCode.messageIllegal, 'invalid'],
  // The broker refuses while its disk is full or it starts or stops; nothing was stored.
  [responseCode.serviceNotAvailable, 'busy'],
  [responseCode.noPermission, 'denied'],
  [responseCode.topicNotExist, 'topic_not_found'],
  [responseCode.queryNotFound, 'offset_not_found'],
  [responseCode.subscriptionGroupNotExist, 'group_not_found'],
  [responseCode.invalidParameter, 'invalid'],
  [responseCode.flowControl, 'busy'],
]);

/** Returns the answer when its code is 0; throws what it means otherwise. */
export function accepted(answer: Answer): Answer {
  if (answer.code === responseCode.success) return answer;
  throw refusal(answer);
}

export function refusal(answer: Answer): RocketmqError {
  const { code, address, request } = answer;
  const remark = firstLine(answer.remark);
  const subject = subjectOf(request.fields);
  return new RocketmqError(
    meaningOf(code, remark),
    `${address} refused ${request.name}${subject}: ${remark === '' ? 'no reason given' : remark} (code ${code})`,
    { address, responseCode: code, ...(code === responseCode.notLeaderForQueue ? { retryable: true } : {}) },
  );
}

function meaningOf(code: number, remark: string): RocketmqErrorCode {
  if (/\b(AclException|AuthenticationException|AuthorizationException)\b/.test(remark)) return 'denied';
  if (code === responseCode.messageIllegal && remark.includes('size exceeded')) return 'too_large';
  return meanings.get(code) ?? 'broker_error';
}

/** Brokers put Java stack traces and links to their FAQ behind the first line. */
function firstLine(remark: string): string {
  const [line = ''] = remark.split(/\r?\n/, 1);
  return line.length > 400 ? `${line.slice(0, 400)}…` : line.trim();
}

function subjectOf(fields: Request['fields']): string {
  const topic = fields.topic ?? fields.b;
  const group = fields.consumerGroup ?? fields.group;
  const named = [
    ...(topic === undefined ? [] : [`topic ${topic}`]),
    ...(group === undefined ? [] : [`group ${group}`]),
  ];
  return named.length === 0 ? '' : ` (${named.join(', ')})`;
}

/** A field that must be an integer. Throws `protocol`. */
export function integerOf(answer: Answer, name: string): number {
  const text = answer.fields[name];
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  if (!Number.isSafeInteger(value)) throw unexpected(answer, `field ${name} is ${text ?? 'missing'}`);
  return value;
}

export function unexpected(answer: Answer, what: string): RocketmqError {
  return new RocketmqError(
    'protocol',
    `${answer.address} answered ${answer.request.name} strangely: ${what}`,
    {
      address: answer.address,
    },
  );
}

/** The body as an object. Throws `protocol`. */
export function objectOf(answer: Answer): TolerantObject {
  const value = answer.body.length === 0 ? null : parseTolerantJson(answer.body.toString('utf8'));
  if (!(value instanceof Map)) throw unexpected(answer, 'its body is no JSON object');
  return value;
}

/** Reads parts of such a body; what is missing or of another type is `undefined`. */
export function numberIn(object: Tolerant | undefined, key: string): number | undefined {
  const value = object instanceof Map ? object.get(key) : undefined;
  return typeof value === 'number' ? value : undefined;
}

export function textIn(object: Tolerant | undefined, key: string): string | undefined {
  const value = object instanceof Map ? object.get(key) : undefined;
  return typeof value === 'string' ? value : undefined;
}

export function objectIn(object: Tolerant | undefined, key: string): TolerantObject {
  const value = object instanceof Map ? object.get(key) : undefined;
  return value instanceof Map ? value : new Map<string, Tolerant>();
}

export function listIn(object: Tolerant | undefined, key: string): readonly Tolerant[] {
  const value = object instanceof Map ? object.get(key) : undefined;
  return Array.isArray(value) ? value : [];
}
