/**
 * A message as it lies in the log, which is how a pull answers it (org.apache.rocketmq.common.message.
 * MessageDecoder of Apache RocketMQ 5.5.0):
 *
 *     i32 size of the whole   i32 magic             i32 CRC of the body   i32 queue    i32 flag
 *     i64 queue offset        i64 position in the log                     i32 system flag
 *     i64 born at             born host (address, i32 port)
 *     i64 stored at           store host (address, i32 port)
 *     i32 times reconsumed    i64 offset of the prepared transaction
 *     i32 length, body        i8 length, topic      i16 length, properties
 *
 * A host's address has 16 bytes where its bit in the system flag is set, else 4. Topics longer than 127
 * bytes (retry topics) have their length in two bytes and a magic of their own.
 */
import { bodyCrc } from './crc32.js';
import { readInt64, writeInt64 } from '../../rocketmq/remoting/codec/int64.js';
import { tagsCode } from './stored-properties.js';

const magicV1 = 0xdaa320a7;
const magicV2 = 0xdaa320ab;
const bornHostV6 = 0x10;
const storeHostV6 = 0x20;
export const maxPropertiesBytes = 32_767;
/** Of a message's body, and of all messages of a batch together. */
export const maxBodyBytes = 4 * 1024 * 1024;

const crcAt = 8;
const flagAt = 16;
const queueOffsetAt = 20;
const positionAt = 28;
const sysFlagAt = 36;
const bornAt = 40;
const bornHostAt = 48;
/** With two IPv4 hosts and no body, topic or properties. */
export const smallestFrame = 91;
/** A request's frame, and what the store adds to a message. */
export const largestFrame = 17 * 1024 * 1024;

/** What all messages of one request have in common. */
export interface Origin {
  readonly topic: string;
  readonly queueId: number;
  readonly sysFlag: number;
  readonly bornAt: number;
  /** Address and port, as they are stored. */
  readonly bornHost: Buffer;
  readonly storeHost: Buffer;
  readonly reconsumeTimes: number;
}

/** Messages as they came in a request: where each one's parts lie in `source`. */
export interface IncomingMessages {
  readonly source: Buffer;
  readonly count: number;
  /** Five numbers a message: flag, start and length of the body, start and length of the properties. */
  readonly parts: Int32Array;
}
export const partsEach = 5;

/** Writes the messages of one origin. Made anew for every request: it holds what they have in common. */
export class FrameWriter {
  readonly #head: Buffer;
  readonly #topic: Buffer;
  readonly #topicLengthBytes: number;
  /** Where the time it was stored, and the length of the body, lie in a frame. */
  readonly #bodyLengthAt: number;

  constructor(origin: Origin, storedAt: number) {
    this.#topic = Buffer.from(origin.topic);
    const long = this.#topic.length > 127;
    this.#topicLengthBytes = long ? 2 : 1;
    const { bornHost, storeHost } = origin;
    const head = Buffer.alloc(bornHostAt + bornHost.length + 8 + storeHost.length + 16);
    head.writeUInt32BE(long ? magicV2 : magicV1, 4);
    head.writeInt32BE(origin.queueId, 12);
    const hosts = (bornHost.length > 8 ? bornHostV6 : 0) | (storeHost.length > 8 ? storeHostV6 : 0);
    head.writeInt32BE((origin.sysFlag & ~(bornHostV6 | storeHostV6)) | hosts, sysFlagAt);
    writeInt64(head, origin.bornAt, bornAt);
    let at = bornHostAt + bornHost.copy(head, bornHostAt);
    writeInt64(head, storedAt, at);
    at += 8;
    at += storeHost.copy(head, at);
    head.writeInt32BE(origin.reconsumeTimes, at);
    this.#bodyLengthAt = at + 12;
    this.#head = head;
  }

  /** How many bytes the messages take in the log. */
  sizeOf(messages: IncomingMessages): number {
    const fixed = this.#head.length + this.#topicLengthBytes + this.#topic.length + 2;
    let size = messages.count * fixed;
    for (let at = 0; at < messages.count * partsEach; at += partsEach) {
      size += (messages.parts[at + 2] ?? 0) + (messages.parts[at + 4] ?? 0);
    }
    return size;
  }

  /** Writes one message at `at` and returns its size. */
  write(
    out: Buffer,
    at: number,
    messages: IncomingMessages,
    index: number,
    place: { queueOffset: number; position: number },
  ): number {
    const { source, parts } = messages;
    const part = index * partsEach;
    const bodyStart = parts[part + 1] ?? 0;
    const bodyLength = parts[part + 2] ?? 0;
    const propertiesStart = parts[part + 3] ?? 0;
    const propertiesLength = parts[part + 4] ?? 0;
    this.#head.copy(out, at);
    out.writeInt32BE(bodyCrc(source, bodyStart, bodyStart + bodyLength), at + crcAt);
    out.writeInt32BE(parts[part] ?? 0, at + flagAt);
    writeInt64(out, place.queueOffset, at + queueOffsetAt);
    writeInt64(out, place.position, at + positionAt);
    out.writeInt32BE(bodyLength, at + this.#bodyLengthAt);
    let end = at + this.#bodyLengthAt + 4;
    end += source.copy(out, end, bodyStart, bodyStart + bodyLength);
    if (this.#topicLengthBytes === 1) out[end] = this.#topic.length;
    else out.writeUInt16BE(this.#topic.length, end);
    end += this.#topicLengthBytes;
    end += this.#topic.copy(out, end);
    out.writeUInt16BE(propertiesLength, end);
    end += 2;
    end += source.copy(out, end, propertiesStart, propertiesStart + propertiesLength);
    out.writeUInt32BE(end - at, at);
    return end - at;
  }
}

/** What an index needs of a stored message, and where its parts lie in the buffer it was read from. */
export interface ReadFrame {
  readonly size: number;
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly storedAt: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly propertiesStart: number;
  readonly propertiesEnd: number;
}

/**
 * The frame at `at`, which must lie at this position of the log; null when the bytes are not a whole and
 * sound frame. `checkBody: false` leaves out the checksum.
 */
export function readFrame(data: Buffer, at: number, position: number, checkBody = true): ReadFrame | null {
  if (data.length - at < smallestFrame) return null;
  const size = data.readUInt32BE(at);
  const magic = data.readUInt32BE(at + 4);
  if (size < smallestFrame || size > data.length - at) return null;
  if (magic !== magicV1 && magic !== magicV2) return null;
  if (readInt64(data, at + positionAt) !== position) return null;
  const end = at + size;
  const sysFlag = data.readInt32BE(at + sysFlagAt);
  const storedAtAt = at + bornHostAt + ((sysFlag & bornHostV6) === 0 ? 8 : 20);
  const bodyLengthAt = storedAtAt + 8 + ((sysFlag & storeHostV6) === 0 ? 8 : 20) + 12;
  if (bodyLengthAt + 4 > end) return null;
  const bodyStart = bodyLengthAt + 4;
  const bodyEnd = bodyStart + data.readUInt32BE(bodyLengthAt);
  const topicStart = bodyEnd + (magic === magicV1 ? 1 : 2);
  if (topicStart > end) return null;
  const topicEnd = topicStart + (magic === magicV1 ? data.readUInt8(bodyEnd) : data.readUInt16BE(bodyEnd));
  if (topicEnd + 2 > end || topicEnd + 2 + data.readUInt16BE(topicEnd) !== end) return null;
  if (checkBody && bodyCrc(data, bodyStart, bodyEnd) !== data.readInt32BE(at + crcAt)) return null;
  return {
    size,
    topic: data.toString('utf8', topicStart, topicEnd),
    queueId: data.readInt32BE(at + 12),
    queueOffset: readInt64(data, at + queueOffsetAt),
    storedAt: readInt64(data, storedAtAt),
    bodyStart,
    bodyEnd,
    propertiesStart: topicEnd + 2,
    propertiesEnd: end,
  };
}

/** One by one the frames that lie behind each other, as the store gives them out. */
export function* framesIn(frames: Buffer): Generator<Buffer> {
  for (let at = 0; at < frames.length;) {
    const end = at + frames.readUInt32BE(at);
    yield frames.subarray(at, end);
    at = end;
  }
}

/** `readFrame` for one that the store gave out: it says itself where it lies. */
export function readOwnFrame(data: Buffer, checkBody = true): ReadFrame | null {
  return readFrame(data, 0, readInt64(data, positionAt), checkBody);
}

/** The offset of one that the store gave out. */
export function queueOffsetOf(data: Buffer): number {
  return readInt64(data, queueOffsetAt);
}

/** Where a stored message came from, to store it once more elsewhere. */
export function originOf(data: Buffer): Omit<Origin, 'topic' | 'queueId'> {
  const sysFlag = data.readInt32BE(sysFlagAt);
  const bornHostEnd = bornHostAt + ((sysFlag & bornHostV6) === 0 ? 8 : 20);
  const storeHostEnd = bornHostEnd + 8 + ((sysFlag & storeHostV6) === 0 ? 8 : 20);
  return {
    sysFlag,
    bornAt: readInt64(data, bornAt),
    bornHost: data.subarray(bornHostAt, bornHostEnd),
    storeHost: data.subarray(bornHostEnd + 8, storeHostEnd),
    reconsumeTimes: data.readInt32BE(storeHostEnd),
  };
}

export function tagsCodeOf(data: Buffer, frame: ReadFrame): number {
  return tagsCode(data, frame.propertiesStart, frame.propertiesEnd);
}
