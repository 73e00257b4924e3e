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
import {
  decodeProperties,
  hasProperty,
  isSystemProperty,
  keysProperty,
  mayName,
  setProperty,
  tagsProperty,
  uniqueKeyProperty,
} from './properties.js';

const storedMagic = 0xdaa320a7;
const storedMagicLongTopic = 0xdaa320ab;
const bornHostV6Flag = 0x10;
const storeHostV6Flag = 0x20;
const innerBatchFlag = 0x80;
const bornHostAt = 48;
const smallestBytes = 91;

/**
 * Decodes all messages of an answer. Bodies are views into `data` unless they were compressed. What a message has is
 * read when it is asked for, the body too: many messages wait, and what waits should be few objects. `asStored`: bodies stay compressed. Throws `protocol` where the bytes cannot be messages.
 */
export async function decodeStoredMessages(
  data: Buffer,
  broker: string,
  { asStored = false } = {},
): Promise<StoredMessage[]> {
  const answer = new Answer(data, broker);
  const messages: WireMessage[] = [];
  const compressed: WireMessage[] = [];
  let topic: string | undefined;
  for (let at = 0; at < data.length;) {
    const message: WireMessage = decodeOne(answer, at, topic);
    if (!asStored && isCompressed(message.sysFlag)) compressed.push(message);
    messages.push(message);
    topic = message.topic;
    at += answer.view.getUint32(at);
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

/** The bytes that the messages of an answer share. */
class Answer {
  readonly data: Buffer;
  readonly view: DataView;
  readonly broker: string;
  readonly #named = new Map<string, boolean>();

  constructor(data: Buffer, broker: string) {
    this.data = data;
    this.view = new DataView(data.buffer, data.byteOffset, data.length);
    this.broker = broker;
  }

  /** False: no message of it has a property of this name. One look for all of them. */
  mayName(name: string): boolean {
    let may = this.#named.get(name);
    if (may === undefined) {
      may = this.data.includes(name);
      this.#named.set(name, may);
    }
    return may;
  }
}

function decodeOne(answer: Answer, at: number, previousTopic: string | undefined): WireMessage {
  const { data, view } = answer;
  const end = checkEnd(view, at);
  const sysFlag = view.getInt32(at + 36);
  const storedAt = at + bornHostAt + ((sysFlag & bornHostV6Flag) === 0 ? 8 : 20);
  const bodyAt = storedAt + 8 + ((sysFlag & storeHostV6Flag) === 0 ? 8 : 20) + 16;
  const wide = view.getUint32(at + 4) === storedMagicLongTopic;
  const bodyEnd = bodyAt + (bodyAt <= end ? view.getUint32(bodyAt - 4) : end);
  const topicAt = bodyEnd + (wide ? 2 : 1);
  if (topicAt > end) throw broken(at);
  const topicEnd = topicAt + (wide ? view.getUint16(bodyEnd) : view.getUint8(bodyEnd));
  if (topicEnd + 2 > end) throw broken(at);
  if (topicEnd + 2 + view.getUint16(topicEnd) > end) throw broken(at);

  const topic = topicOf(data, topicAt, topicEnd, previousTopic);
  const message = new WireMessage(answer, at, topic, { storedAt, bodyAt, bodyEnd, propertiesAt: topicEnd });
  if ((sysFlag & innerBatchFlag) !== 0) {
    throw new RocketmqError('unsupported', `${placeOf(message)}: it is a batch within a message`);
  }
  return message;
}

function checkEnd(view: DataView, at: number): number {
  if (view.byteLength - at < smallestBytes) throw broken(at);
  const end = at + view.getUint32(at);
  const magic = view.getUint32(at + 4);
  if (end - at < smallestBytes || end > view.byteLength) throw broken(at);
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

/** Where parts of a message begin in the answer: its time of storing, its body, and its properties with their length. */
interface Parts {
  readonly storedAt: number;
  readonly bodyAt: number;
  readonly bodyEnd: number;
  readonly propertiesAt: number;
}

class WireMessage implements StoredMessage {
  readonly topic: string;
  readonly queue: number;
  readonly offset: number;
  readonly #answer: Answer;
  /** Where it begins in the answer, and see `Parts`. */
  readonly #at: number;
  readonly #storedAt: number;
  readonly #bodyAt: number;
  readonly #bodyEnd: number;
  readonly #propertiesAt: number;
  #body: Buffer | undefined;
  #all: Readonly<Record<string, string>> | undefined;
  #user: Readonly<Record<string, string>> | undefined;

  constructor(answer: Answer, at: number, topic: string, parts: Parts) {
    this.topic = topic;
    this.queue = answer.view.getInt32(at + 12);
    this.offset = int64At(answer.view, at + 20);
    this.#answer = answer;
    this.#at = at;
    this.#storedAt = parts.storedAt;
    this.#bodyAt = parts.bodyAt;
    this.#bodyEnd = parts.bodyEnd;
    this.#propertiesAt = parts.propertiesAt;
  }

  get body(): Buffer {
    return (this.#body ??= this.#answer.data.subarray(this.#bodyAt, this.#bodyEnd));
  }

  /** What it is decompressed. */
  set body(body: Buffer) {
    this.#body = body;
  }

  get bodyBytes(): number {
    return this.#body?.length ?? this.#bodyEnd - this.#bodyAt;
  }

  get broker(): string {
    return this.#answer.broker;
  }

  get sysFlag(): number {
    return this.#answer.view.getInt32(this.#at + 36);
  }

  get bornAt(): number {
    return int64At(this.#answer.view, this.#at + 40);
  }

  get storedAt(): number {
    return int64At(this.#answer.view, this.#storedAt);
  }

  get reconsumeTimes(): number {
    return this.#answer.view.getInt32(this.#storeHostEnd);
  }

  get allProperties(): Readonly<Record<string, string>> {
    const { data, view } = this.#answer;
    const from = this.#propertiesAt + 2;
    const to = from + view.getUint16(this.#propertiesAt);
    return (this.#all ??= decodeProperties(data.toString('utf8', from, to)));
  }

  get properties(): Readonly<Record<string, string>> {
    return (this.#user ??= withoutSystem(this.allProperties));
  }

  property(name: string): string | undefined {
    if (!this.#answer.mayName(name)) return undefined;
    const { data, view } = this.#answer;
    const from = this.#propertiesAt + 2;
    return mayName(data, from, from + view.getUint16(this.#propertiesAt), name)
      ? this.properties[name]
      : undefined;
  }

  propertyIs(name: string, value: Buffer): boolean {
    const { data, view } = this.#answer;
    const from = this.#propertiesAt + 2;
    return hasProperty(data, from, from + view.getUint16(this.#propertiesAt), name, value);
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
    const { data, view } = this.#answer;
    const from = this.#propertiesAt + 2;
    return {
      properties: data.subarray(from, from + view.getUint16(this.#propertiesAt)),
      flag: view.getInt32(this.#at + 16),
      sysFlag: this.sysFlag,
    };
  }

  get #storeHostEnd(): number {
    return this.#storedAt + 8 + ((this.sysFlag & storeHostV6Flag) === 0 ? 8 : 20);
  }

  /** Store host and offset in the commit log, in upper-case hex (MessageDecoder `createMessageId`). */
  #brokerId(): string {
    const { data } = this.#answer;
    const host = data.toString('hex', this.#storedAt + 8, this.#storeHostEnd);
    return (host + data.toString('hex', this.#at + 28, this.#at + 36)).toUpperCase();
  }
}

/** As `readInt64`, which is slower on a Buffer. */
function int64At(view: DataView, at: number): number {
  return view.getInt32(at) * 4_294_967_296 + view.getUint32(at + 4);
}

function withoutSystem(all: Readonly<Record<string, string>>): Record<string, string> {
  const user: Record<string, string> = {};
  for (const name in all) {
    const value = all[name];
    if (value !== undefined && !isSystemProperty(name)) setProperty(user, name, value);
  }
  return user;
}
