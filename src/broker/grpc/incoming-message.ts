/**
 * Messages as gRPC clients send them, made into what is stored: the same properties as a RocketMQ 5.5.0
 * proxy gives them (SendMessageActivity), with the same limits and refusals.
 */
import { gunzipSync } from 'node:zlib';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type {
  Message,
  MessageType,
  SystemProperties,
} from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import {
  encodeProperty,
  isSystemProperty,
  keysProperty,
  tagsProperty,
  uniqueKeyProperty,
} from '../../rocketmq/remoting/codec/properties.js';
import { messageOf } from '../broker-log.js';
import { maxBodyBytes, maxPropertiesBytes } from '../storage/stored-frame.js';
import { GrpcFailure } from './failure.js';
import { toMs } from './protobuf-time.js';

const { Code, MessageType: types } = definition;

const maxUserPropertiesBytes = 16 * 1024;
const maxUserProperties = 128;
const maxMessageGroupBytes = 64;
const maxDelayMs = 24 * 3_600_000;
// eslint-disable-next-line no-control-regex -- control characters are what it finds
const control = /[\u0000-\u001f\u007f-\u009f]/;

export interface IncomingMessage {
  readonly id: string;
  readonly body: Uint8Array;
  /** As they are stored. */
  readonly properties: string;
  readonly bornAt: number;
  /** Empty where it has none. */
  readonly messageGroup: string;
  /** Milliseconds since 1970; null: at once. */
  readonly deliverAt: number | null;
}

/** Throws `GrpcFailure` for what a proxy refuses too, and for what this broker cannot do. */
export function incomingMessage(
  message: Message,
  accepted: readonly MessageType[],
  sender: string,
): IncomingMessage {
  const system = message.getSystemProperties() ?? new definition.SystemProperties();
  const id = system.getMessageId();
  if (id.trim() === '') throw new GrpcFailure(Code.ILLEGAL_MESSAGE_ID, 'message id cannot be empty');
  const messageGroup = checkedMessageGroup(system.getMessageGroup() ?? '');
  const delivery = system.getDeliveryTimestamp();
  const deliverAt = delivery === undefined ? null : checkedDeliveryTime(toMs(delivery));
  checkType(system, messageGroup, deliverAt, accepted);
  const born = system.getBornTimestamp();
  const bornAt = born === undefined ? Date.now() : toMs(born);
  const properties =
    userProperties(message, system) +
    encodeProperty(uniqueKeyProperty, id) +
    (deliverAt === null ? '' : encodeProperty('TIMER_DELIVER_MS', String(deliverAt))) +
    (messageGroup === '' ? '' : encodeProperty('__SHARDINGKEY', messageGroup)) +
    traceContext(system) +
    encodeProperty('__BORNHOST', withoutControl(system.getBornHost()) || sender) +
    encodeProperty('BORN_TIMESTAMP', String(bornAt));
  if (Buffer.byteLength(properties) > maxPropertiesBytes) {
    throw new GrpcFailure(
      Code.MESSAGE_PROPERTIES_TOO_LARGE,
      `the properties of the message have more than ${maxPropertiesBytes} bytes`,
    );
  }
  return { id, body: bodyOf(message, system), properties, bornAt, messageGroup, deliverAt };
}

function checkType(
  system: SystemProperties,
  messageGroup: string,
  deliverAt: number | null,
  accepted: readonly MessageType[],
): void {
  const said = system.getMessageType();
  if (said === types.TRANSACTION) {
    throw new GrpcFailure(Code.UNSUPPORTED, 'the embedded broker has no transactions');
  }
  if (said === types.LITE || said === types.PRIORITY) {
    throw new GrpcFailure(Code.UNSUPPORTED, 'the embedded broker has no lite and no priority messages');
  }
  const type = deliverAt !== null ? types.DELAY : messageGroup !== '' ? types.FIFO : types.NORMAL;
  if (accepted.includes(type)) return;
  throw new GrpcFailure(
    Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE,
    `the topic does not take messages of type ${nameOf(type)}, only ${accepted.map(nameOf).join(', ')}`,
  );
}

function nameOf(type: MessageType): string {
  return Object.entries(types).find(([, value]) => value === type)?.[0] ?? String(type);
}

function userProperties(message: Message, system: SystemProperties): string {
  let text = '';
  let bytes = 0;
  const map = message.getUserPropertiesMap();
  if (map.getLength() > maxUserProperties) {
    throw tooLarge(`too many user properties, max is ${maxUserProperties}`);
  }
  map.forEach((value, name) => {
    if (isSystemProperty(name)) {
      throw new GrpcFailure(Code.ILLEGAL_MESSAGE_PROPERTY_KEY, `property is used by system: ${name}`);
    }
    if (name === '' || control.test(name) || control.test(value)) {
      const problem = 'a property cannot be without a name, or contain a control character';
      throw new GrpcFailure(Code.ILLEGAL_MESSAGE_PROPERTY_KEY, `${problem}: ${JSON.stringify(name)}`);
    }
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    text += encodeProperty(name, value);
  });
  const tag = checkedTag(system.getTag() ?? '');
  if (tag !== '') text += encodeProperty(tagsProperty, tag);
  const keys = system.getKeysList();
  for (const key of keys) checkKey(key);
  if (keys.length > 0) text += encodeProperty(keysProperty, keys.join(' '));
  bytes += Buffer.byteLength(tag) + Buffer.byteLength(keys.join(''));
  if (bytes > maxUserPropertiesBytes) {
    throw tooLarge(`the total size of user property is too large, max is ${maxUserPropertiesBytes}`);
  }
  return text;
}

const tooLarge = (message: string): GrpcFailure =>
  new GrpcFailure(Code.MESSAGE_PROPERTIES_TOO_LARGE, message);

function checkedTag(tag: string): string {
  if (tag !== '' && (tag.trim() === '' || tag.includes('|') || control.test(tag))) {
    throw new GrpcFailure(
      Code.ILLEGAL_MESSAGE_TAG,
      "a tag cannot be blank, or contain '|' or a control character",
    );
  }
  return tag;
}

function checkKey(key: string): void {
  if (key !== '' && (key.trim() === '' || control.test(key))) {
    throw new GrpcFailure(Code.ILLEGAL_MESSAGE_KEY, 'a key cannot be blank, or contain a control character');
  }
}

function checkedMessageGroup(group: string): string {
  if (group === '') return group;
  if (group.trim() === '' || control.test(group) || Buffer.byteLength(group) >= maxMessageGroupBytes) {
    throw new GrpcFailure(
      Code.ILLEGAL_MESSAGE_GROUP,
      `a message group cannot be blank, contain a control character, or have ${maxMessageGroupBytes} bytes or more`,
    );
  }
  return group;
}

function checkedDeliveryTime(time: number): number {
  if (time - Date.now() <= maxDelayMs) return time;
  throw new GrpcFailure(
    Code.ILLEGAL_DELIVERY_TIME,
    `the max delay time of message is too large, max is ${maxDelayMs}`,
  );
}

function traceContext(system: SystemProperties): string {
  const trace = withoutControl(system.getTraceContext() ?? '');
  return trace === '' ? '' : encodeProperty('TRACE_CONTEXT', trace);
}

const withoutControl = (text: string): string => (control.test(text) ? '' : text);

/**
 * Compressed bodies are stored as they were before: remoting clients read a body that is marked as
 * compressed with zlib, not with gzip.
 */
function bodyOf(message: Message, system: SystemProperties): Uint8Array {
  const sent = message.getBody_asU8();
  if (sent.length === 0) throw new GrpcFailure(Code.MESSAGE_BODY_EMPTY, 'message body cannot be empty');
  if (sent.length > maxBodyBytes) throw tooLargeBody();
  if (system.getBodyEncoding() !== definition.Encoding.GZIP) return sent;
  try {
    return gunzipSync(sent, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLargeBody();
    throw new GrpcFailure(Code.MESSAGE_CORRUPTED, `the body is not gzip: ${messageOf(error)}`);
  }
}

const tooLargeBody = (): GrpcFailure =>
  new GrpcFailure(Code.MESSAGE_BODY_TOO_LARGE, `message body cannot exceed the max ${maxBodyBytes}`);
