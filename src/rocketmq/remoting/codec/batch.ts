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
import type { OutMessage, Series } from '../../cluster.js';
import {
  encodeProperty,
  keysProperty,
  maxPropertiesBytes,
  tagsProperty,
  uniqueKeyProperty,
  writeProperty,
  writeUserProperties,
} from './properties.js';
import { placeBytes, seriesBytes, writePlace } from './series.js';
import { uniqueKeyBytes, type WriteUniqueKey } from './unique-key.js';

/** The broker casts the number of messages to a 16-bit integer: 32,768 of them destroy the queue. */
export const maxBatchMessages = 4_096;
/** The broker's default `maxMessageSize`; it counts the bytes of the batch's body. */
export const maxBatchBytes = 4_194_304;
const fixedBytes = 22;
/** The property, but for the key. */
const uniqueKeyEntry = Buffer.from(encodeProperty(uniqueKeyProperty, '0'.repeat(uniqueKeyBytes)));
const uniqueKeyAt = uniqueKeyProperty.length + 1;

/** Bytes the message takes in a batch, with the UNIQ_KEY it will get. */
export function sizeInBatch(message: OutMessage): number {
  return fixedBytes + message.body.length + propertyBytes(message, utf8Bytes);
}

function propertyBytes(
  { key, tag, properties, series, place, passedOn }: OutMessage,
  bytesOf: (text: string) => number,
): number {
  let bytes = passedOn === undefined ? uniqueKeyEntry.length : passedOn.properties.length;
  if (isGiven(key)) bytes += keysProperty.length + 2 + bytesOf(key);
  if (isGiven(tag)) bytes += tagsProperty.length + 2 + bytesOf(tag);
  if (series !== undefined) {
    bytes += series.name.length + series.prefix.length + 2 + placeBytes(place ?? 0);
  }
  if (properties === undefined) return bytes;
  for (const name in properties) {
    const value = properties[name];
    if (value === undefined) continue;
    bytes += bytesOf(name) + 2 + bytesOf(value);
    if (name === uniqueKeyProperty) bytes -= uniqueKeyEntry.length;
  }
  return bytes;
}

/**
 * Bytes that are enough for the batch. Throws `too_large` for more than `maxBatchMessages`, or for properties
 * that do not fit, `invalid` for no message at all.
 */
export function roomForBatch(messages: readonly OutMessage[]): number {
  const count = messages.length;
  if (count === 0) throw new RocketmqError('invalid', 'a batch needs at least one message');
  if (count > maxBatchMessages) {
    throw new RocketmqError(
      'too_large',
      `a batch of ${count} messages; at most ${maxBatchMessages} are safe`,
    );
  }
  let most = 0;
  for (const message of messages) most += mostBytes(message);
  return most;
}

/**
 * The batch, written into `out`, which has the room. Throws like `roomForBatch`, `too_large` for more than
 * `maxBatchBytes`, and `invalid` for properties that cannot be sent.
 */
export function encodeBatch(
  messages: readonly OutMessage[],
  writeUniqueKey: WriteUniqueKey,
  out: Buffer = Buffer.allocUnsafe(roomForBatch(messages)),
): Buffer {
  const count = messages.length;
  let bytes = 0;
  for (const message of messages) bytes = write(message, out, bytes, writeUniqueKey);
  if (bytes > maxBatchBytes) {
    throw new RocketmqError(
      'too_large',
      `a ${count === 1 ? 'message' : `batch of ${count} messages`} of ${bytes} bytes; a broker takes at most ${maxBatchBytes}`,
    );
  }
  return out.subarray(0, bytes);
}

/** Room that is enough for the message: text takes three bytes for each of its units at the most. */
function mostBytes(message: OutMessage): number {
  const properties = propertyBytes(message, mostTextBytes);
  if (properties > maxPropertiesBytes) {
    const length = propertyBytes(message, utf8Bytes);
    if (length > maxPropertiesBytes) {
      throw new RocketmqError(
        'too_large',
        `a message with ${length} bytes of key, tag and properties; at most ${maxPropertiesBytes} can be stored`,
      );
    }
  }
  return fixedBytes + message.body.length + properties;
}

/** Bytes the text takes in UTF-8. */
function utf8Bytes(text: string): number {
  const { length } = text;
  if (length > 64) return Buffer.byteLength(text);
  for (let index = 0; index < length; index++) {
    if (text.charCodeAt(index) > 0x7f) return Buffer.byteLength(text);
  }
  return length;
}

const mostTextBytes = (text: string): number => text.length * 3;

/** Returns where it ends. */
function write(message: OutMessage, out: Buffer, start: number, writeUniqueKey: WriteUniqueKey): number {
  const { body, key, tag, properties, series, passedOn } = message;
  for (let field = start + 4; field < start + 16; field += 4) out.writeUInt32BE(0, field);
  if (passedOn !== undefined) out.writeInt32BE(passedOn.flag, start + 12);
  out.writeUInt32BE(body.length, start + 16);
  out.set(body, start + 20);
  const from = start + fixedBytes + body.length;
  let at = from;
  if (passedOn !== undefined) {
    out.set(passedOn.properties, at);
    at += passedOn.properties.length;
  } else if (properties?.[uniqueKeyProperty] === undefined) {
    out.set(uniqueKeyEntry, at);
    writeUniqueKey(out, at + uniqueKeyAt);
    at += uniqueKeyEntry.length;
  }
  if (isGiven(key)) at = writeProperty(keysProperty, key, out, at);
  if (isGiven(tag)) at = writeProperty(tagsProperty, tag, out, at);
  if (properties !== undefined) at = writeUserProperties(properties, out, at);
  if (series !== undefined) at = writeInSeries(series, message.place ?? 0, out, at);
  out.writeUInt16BE(at - from, from - 2);
  out.writeUInt32BE(at - start, start);
  return at;
}

/** What the messages of a parcel have in common is put together once. */
let latest: { readonly series: Series; readonly bytes: Buffer } | undefined;

/** Returns where it ends. */
function writeInSeries(series: Series, place: number, out: Buffer, at: number): number {
  if (latest?.series !== series) latest = { series, bytes: seriesBytes(series) };
  out.set(latest.bytes, at);
  return writePlace(place, out, at + latest.bytes.length);
}

/** All properties of one message as text. */
export function encodeProperties(message: OutMessage, writeUniqueKey: WriteUniqueKey): string {
  const out = Buffer.allocUnsafe(mostBytes(message));
  const end = write(message, out, 0, writeUniqueKey);
  return out.toString('utf8', fixedBytes + message.body.length, end);
}

/** An empty key or tag is none: RocketMQ drops empty ones when it reads them. */
function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
