/**
 * Messages as a broker stores them and sends them in answers to PULL_MESSAGE and VIEW_MESSAGE_BY_ID
 * (org.apache.rocketmq.common.message.MessageDecoder `decode`), one after the other:
 *
 *      0  i32  length of all, this field too
 *      4  i32  magic: 0xDAA320A7; 0xDAA320AB where the topic's length is an i16
 *      8  i32  CRC32 of the body
 *     12  i32  queue
 *     16  i32  flag
 *     20  i64  offset in the queue
 *     28  i64  offset in the commit log
 *     36  i32  sysFlag
 *     40  i64  born, milliseconds since 1970
 *     48  …    born host: 4 bytes, 16 where sysFlag has 0x10, and i32 port
 *         i64  stored, milliseconds since 1970
 *         …    store host: 4 bytes, 16 where sysFlag has 0x20, and i32 port
 *         i32  times it was consumed again
 *         i64  offset of the prepared transaction
 *         i32  length of the body, then the body
 *         i8   length of the topic, then the topic
 *         i16  length of the properties, then the properties
 */
import { RocketmqError } from '../../errors.js';
import type { Raw, StoredMessage } from '../../cluster.js';
import { decompress, isCompressed } from './compression.js';
import { readInt64 } from './int64.js';
import {
  decodeProperties,
  isSystemProperty,
  keysProperty,
  setProperty,
  tagsProperty,
  uniqueKeyProperty,
} from './properties.js';

export const storedMagic = 0xdaa320a7;
export const storedMagicLongTopic = 0xdaa320ab;
const bornHostV6Flag = 0x10;
const storeHostV6Flag = 0x20;
const innerBatchFlag = 0x80;
const bornHostAt = 48;
const smallestBytes = 91;

/**
 * Decodes all messages of an answer. Bodies are views into `data` unless they were compressed;
 * properties are parsed when they are first looked at. `asStored`: bodies stay compressed. Throws `protocol` where the bytes cannot be messages.
 */
export async function decodeStoredMessages(
  data: Buffer,
  broker: string,
  { asStored = false } = {},
): Promise<StoredMessage[]> {
  const messages: WireMessage[] = [];
  const compressed: WireMessage[] = [];
  let previous: WireMessage | undefined;
  for (let at = 0; at < data.length;) {
    const message: WireMessage = decodeOne(data, at, broker, previous);
    if (!asStored && isCompressed(message.sysFlag)) compressed.push(message);
    messages.push(message);
    previous = message;
    at += data.readUInt32BE(at);
  }
  for (const message of compressed) {
    try {
      message.body = await decompress(message.body, message.sysFlag);
    } catch (error) {
      throw new RocketmqError('protocol', `${placeOf(message)}: its body cannot be decompressed`, {
        cause: error,
      });
    }
  }
  return messages;
}

function decodeOne(data: Buffer, at: number, broker: string, previous: WireMessage | undefined): WireMessage {
  const end = checkEnd(data, at);
  const sysFlag = data.readInt32BE(at + 36);
  const storedAt = at + bornHostAt + ((sysFlag & bornHostV6Flag) === 0 ? 8 : 20);
  const storeHostBytes = (sysFlag & storeHostV6Flag) === 0 ? 4 : 16;
  const afterHosts = storedAt + 8 + storeHostBytes + 4;
  const bodyAt = afterHosts + 16;
  const wide = data.readUInt32BE(at + 4) === storedMagicLongTopic;
  const bodyEnd = bodyAt + (bodyAt <= end ? data.readUInt32BE(bodyAt - 4) : end);
  const topicAt = bodyEnd + (wide ? 2 : 1);
  if (topicAt > end) throw broken(at);
  const topicEnd = topicAt + (wide ? data.readUInt16BE(bodyEnd) : data.readUInt8(bodyEnd));
  if (topicEnd + 2 > end) throw broken(at);
  const propertiesEnd = topicEnd + 2 + data.readUInt16BE(topicEnd);
  if (propertiesEnd > end) throw broken(at);

  const message = new WireMessage({
    data,
    at,
    broker,
    topic: topicOf(data, topicAt, topicEnd, previous?.topic),
    sysFlag,
    storedAt: readInt64(data, storedAt),
    reconsumeTimes: data.readInt32BE(afterHosts),
    body: data.subarray(bodyAt, bodyEnd),
    propertiesAt: topicEnd + 2,
    propertiesEnd,
    storeHostAt: storedAt + 8,
    storeHostBytes,
  });
  if ((sysFlag & innerBatchFlag) !== 0) {
    throw new RocketmqError('unsupported', `${placeOf(message)}: it is a batch within a message`);
  }
  return message;
}

function checkEnd(data: Buffer, at: number): number {
  if (data.length - at < smallestBytes) throw broken(at);
  const end = at + data.readUInt32BE(at);
  const magic = data.readUInt32BE(at + 4);
  if (end - at < smallestBytes || end > data.length) throw broken(at);
  if (magic !== storedMagic && magic !== storedMagicLongTopic) throw broken(at);
  return end;
}

/** Nearly all messages of an answer share one topic: its text is made once. */
function topicOf(data: Buffer, from: number, to: number, previous: string | undefined): string {
  if (previous?.length === to - from) {
    let index = 0;
    while (index < previous.length && data[from + index] === previous.charCodeAt(index)) index++;
    if (index === previous.length) return previous;
  }
  return data.toString('utf8', from, to);
}

function broken(at: number): RocketmqError {
  return new RocketmqError('protocol', `what stands at byte ${at} of the answer is no message of RocketMQ`);
}

function placeOf(message: StoredMessage): string {
  const { topic, broker, queue, offset } = message;
  return `message at offset ${offset} of queue ${queue} of topic ${topic} on broker ${broker}`;
}

interface Parts {
  readonly data: Buffer;
  readonly at: number;
  readonly broker: string;
  readonly topic: string;
  readonly sysFlag: number;
  readonly storedAt: number;
  readonly reconsumeTimes: number;
  readonly body: Buffer;
  readonly propertiesAt: number;
  readonly propertiesEnd: number;
  readonly storeHostAt: number;
  readonly storeHostBytes: number;
}

class WireMessage implements StoredMessage {
  readonly topic: string;
  readonly broker: string;
  readonly queue: number;
  readonly offset: number;
  body: Buffer;
  readonly bornAt: number;
  readonly storedAt: number;
  readonly reconsumeTimes: number;
  readonly sysFlag: number;
  readonly #parts: Parts;
  #all: Readonly<Record<string, string>> | undefined;
  #user: Readonly<Record<string, string>> | undefined;

  constructor(parts: Parts) {
    const { data, at } = parts;
    this.topic = parts.topic;
    this.broker = parts.broker;
    this.queue = data.readInt32BE(at + 12);
    this.offset = readInt64(data, at + 20);
    this.body = parts.body;
    this.bornAt = readInt64(data, at + 40);
    this.storedAt = parts.storedAt;
    this.reconsumeTimes = parts.reconsumeTimes;
    this.sysFlag = parts.sysFlag;
    this.#parts = parts;
  }

  get allProperties(): Readonly<Record<string, string>> {
    const { data, propertiesAt, propertiesEnd } = this.#parts;
    return (this.#all ??= decodeProperties(data.toString('utf8', propertiesAt, propertiesEnd)));
  }

  get properties(): Readonly<Record<string, string>> {
    return (this.#user ??= withoutSystem(this.allProperties));
  }

  get key(): string | undefined {
    return this.allProperties[keysProperty];
  }

  get tag(): string | undefined {
    return this.allProperties[tagsProperty];
  }

  get id(): string {
    return this.allProperties[uniqueKeyProperty] ?? this.#brokerId();
  }

  get raw(): Raw {
    const { data, at, propertiesAt, propertiesEnd } = this.#parts;
    return {
      properties: data.subarray(propertiesAt, propertiesEnd),
      flag: data.readInt32BE(at + 16),
      sysFlag: this.sysFlag,
    };
  }

  /** Store host and offset in the commit log, in upper-case hex (MessageDecoder `createMessageId`). */
  #brokerId(): string {
    const { data, at, storeHostAt, storeHostBytes } = this.#parts;
    const host = data.toString('hex', storeHostAt, storeHostAt + storeHostBytes + 4);
    return (host + data.toString('hex', at + 28, at + 36)).toUpperCase();
  }
}

function withoutSystem(all: Readonly<Record<string, string>>): Record<string, string> {
  const user: Record<string, string> = {};
  for (const name in all) {
    const value = all[name];
    if (value !== undefined && !isSystemProperty(name)) setProperty(user, name, value);
  }
  return user;
}
