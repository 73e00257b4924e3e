/**
 * The body of SEND_BATCH_MESSAGE (320): messages one after the other
 * (org.apache.rocketmq.common.message.MessageDecoder `encodeMessage`):
 *
 *     i32  length of all, this field too
 *     i32  magic 0
 *     i32  crc 0
 *     i32  flag
 *     i32  length of the body, then the body
 *     i16  length of the properties, then the properties
 */
import { RocketmqError } from '../../errors.js';
import type { OutMessage } from '../../cluster.js';
import {
  encodeProperty,
  encodeUserProperties,
  keysProperty,
  maxPropertiesBytes,
  tagsProperty,
  uniqueKeyProperty,
} from './properties.js';

/** The broker casts the number of messages to a 16-bit integer: 32,768 of them destroy the queue. */
export const maxBatchMessages = 4_096;
/** The broker's default `maxMessageSize`; it counts the bytes of the batch's body. */
export const maxBatchBytes = 4_194_304;
const fixedBytes = 22;
const uniqueKeyEntryBytes = uniqueKeyProperty.length + 1 + 32 + 1;

/** Bytes the message takes in a batch, with the UNIQ_KEY it will get. */
export function sizeInBatch(message: OutMessage): number {
  const passed = message.passedOn?.properties;
  let properties = passed === undefined ? uniqueKeyEntryBytes : passed.length;
  if (isGiven(message.key)) properties += keysProperty.length + 2 + Buffer.byteLength(message.key);
  if (isGiven(message.tag)) properties += tagsProperty.length + 2 + Buffer.byteLength(message.tag);
  if (message.properties !== undefined) {
    for (const name in message.properties) {
      const value = message.properties[name];
      if (value === undefined) continue;
      properties += Buffer.byteLength(name) + 2 + Buffer.byteLength(value);
      if (name === uniqueKeyProperty) properties -= uniqueKeyEntryBytes;
    }
  }
  return fixedBytes + message.body.length + properties;
}

/**
 * The batch as one buffer. Throws `too_large` for more than `maxBatchMessages`, `maxBatchBytes` or
 * properties that do not fit, `invalid` for properties that cannot be sent or for no message at all.
 */
export function encodeBatch(messages: readonly OutMessage[], nextUniqueKey: () => string): Buffer {
  const count = messages.length;
  if (count === 0) throw new RocketmqError('invalid', 'a batch needs at least one message');
  if (count > maxBatchMessages) {
    throw new RocketmqError(
      'too_large',
      `a batch of ${count} messages; at most ${maxBatchMessages} are safe`,
    );
  }
  const properties: string[] = [];
  const propertyBytes: number[] = [];
  let bytes = 0;
  for (const message of messages) {
    const text = propertiesOf(message, nextUniqueKey);
    const length = Buffer.byteLength(text) + (message.passedOn?.properties.length ?? 0);
    if (length > maxPropertiesBytes) {
      throw new RocketmqError(
        'too_large',
        `a message with ${length} bytes of key, tag and properties; at most ${maxPropertiesBytes} can be stored`,
      );
    }
    properties.push(text);
    propertyBytes.push(length);
    bytes += fixedBytes + message.body.length + length;
  }
  if (bytes > maxBatchBytes) {
    throw new RocketmqError(
      'too_large',
      `a ${count === 1 ? 'message' : `batch of ${count} messages`} of ${bytes} bytes; a broker takes at most ${maxBatchBytes}`,
    );
  }
  return write(messages, properties, propertyBytes, Buffer.allocUnsafe(bytes));
}

function write(
  messages: readonly OutMessage[],
  properties: readonly string[],
  propertyBytes: readonly number[],
  out: Buffer,
): Buffer {
  let at = 0;
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    const body = message?.body ?? Buffer.alloc(0);
    const passed = message?.passedOn;
    const passedBytes = passed?.properties.length ?? 0;
    const text = properties[index] ?? '';
    const length = propertyBytes[index] ?? 0;
    out.writeUInt32BE(fixedBytes + body.length + length, at);
    out.fill(0, at + 4, at + 16);
    if (passed !== undefined) out.writeInt32BE(passed.flag, at + 12);
    out.writeUInt32BE(body.length, at + 16);
    out.set(body, at + 20);
    at += 20 + body.length;
    out.writeUInt16BE(length, at);
    if (passed !== undefined) out.set(passed.properties, at + 2);
    // Text of as many characters as bytes is ASCII, which latin1 writes the same and faster.
    out.write(text, at + 2 + passedBytes, text.length === length - passedBytes ? 'latin1' : 'utf8');
    at += 2 + length;
  }
  return out;
}

function propertiesOf(message: OutMessage, nextUniqueKey: () => string): string {
  const user = message.properties;
  if (message.passedOn !== undefined) return user === undefined ? '' : encodeUserProperties(user);
  let text =
    user?.[uniqueKeyProperty] === undefined ? encodeProperty(uniqueKeyProperty, nextUniqueKey()) : '';
  if (isGiven(message.key)) text += encodeProperty(keysProperty, message.key);
  if (isGiven(message.tag)) text += encodeProperty(tagsProperty, message.tag);
  return user === undefined ? text : text + encodeUserProperties(user);
}

/** All properties of one message as text. */
export function encodeProperties(message: OutMessage, nextUniqueKey: () => string): string {
  return (message.passedOn?.properties.toString() ?? '') + propertiesOf(message, nextUniqueKey);
}

/** An empty key or tag is none: RocketMQ drops empty ones when it reads them. */
function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** A message of a batch, as views into the batch. */
export interface BatchEntry {
  readonly flag: number;
  readonly body: Buffer;
  /** As they travel: see `decodeProperties`. */
  readonly properties: Buffer;
}

/** Takes a batch apart. Throws `protocol` where lengths do not fit. */
export function decodeBatch(data: Buffer): BatchEntry[] {
  const entries: BatchEntry[] = [];
  let at = 0;
  while (at < data.length) {
    if (data.length - at < fixedBytes) throw torn(at);
    const total = data.readUInt32BE(at);
    const bodyEnd = at + 20 + data.readUInt32BE(at + 16);
    if (bodyEnd + 2 > data.length) throw torn(at);
    const end = bodyEnd + 2 + data.readUInt16BE(bodyEnd);
    if (end > data.length || end !== at + total) throw torn(at);
    entries.push({
      flag: data.readInt32BE(at + 12),
      body: data.subarray(at + 20, bodyEnd),
      properties: data.subarray(bodyEnd + 2, end),
    });
    at = end;
  }
  return entries;
}

function torn(at: number): RocketmqError {
  return new RocketmqError(
    'protocol',
    `the message at byte ${at} of a batch is longer or shorter than it says`,
  );
}
