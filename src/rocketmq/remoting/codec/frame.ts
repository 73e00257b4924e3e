/**
 * The frame every remoting request and answer travels in (org.apache.rocketmq.remoting.protocol.
 * RemotingCommand and netty.NettyDecoder of Apache RocketMQ 5.5.0):
 *
 *     i32  length of all that follows (at most 16 MiB)
 *     i32  serialization type << 24 | length of the header (type 0: JSON; 1: see binary-header.ts)
 *     …    header
 *     …    body
 *
 * We write JSON, and read both.
 */
import { decodeBinaryHeader } from './binary-header.js';
import type { FrameHeader } from './frame-header.js';

export interface Frame {
  readonly header: FrameHeader;
  readonly body: Buffer;
}

export const maxFrameBytes = 16_777_216;
export const flagResponse = 1;
export const flagOneWay = 2;
const prefixBytes = 8;

export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** The frame as buffers that are to be written one after the other; `body` is not copied. */
export function encodeFrame(header: FrameHeader, body: Buffer | readonly Buffer[]): Buffer[] {
  const parts: readonly Buffer[] = Buffer.isBuffer(body) ? [body] : body;
  const json = JSON.stringify(header);
  const headerBytes = Buffer.byteLength(json);
  const head = Buffer.allocUnsafe(prefixBytes + headerBytes);
  let bodyBytes = 0;
  for (const part of parts) bodyBytes += part.length;
  head.writeUInt32BE(4 + headerBytes + bodyBytes, 0);
  head.writeUInt32BE(headerBytes, 4);
  head.write(json, prefixBytes);
  return [head, ...parts.filter((part) => part.length > 0)];
}

/**
 * Cuts a byte stream into frames. Feed it chunks as they come; bodies are views into them where a frame
 * came in one piece, and only what lies across chunks is copied. Throws `FrameError` on anything that cannot
 * be a frame.
 */
export class FrameReader {
  /** The beginning of a frame. */
  #begun: Buffer[] = [];
  #bytes = 0;
  #needed = prefixBytes;

  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    for (let rest = chunk; rest.length > 0;) {
      const total = this.#bytes === 0 && rest.length >= prefixBytes ? frameBytes(rest) : Infinity;
      if (total <= rest.length) {
        frames.push(decodeFrame(rest.subarray(0, total)));
        rest = rest.subarray(total);
      } else rest = this.#collect(rest, frames);
    }
    return frames;
  }

  /** Takes what the frame lacks, or the part of it that tells how long it is; gives back the rest. */
  #collect(data: Buffer, frames: Frame[]): Buffer {
    const part = data.subarray(0, this.#needed - this.#bytes);
    this.#begun.push(part);
    this.#bytes += part.length;
    if (this.#bytes === this.#needed) {
      const begun = Buffer.concat(this.#begun, this.#bytes);
      this.#needed = frameBytes(begun);
      if (this.#bytes === this.#needed) {
        frames.push(decodeFrame(begun));
        this.#begun = [];
        this.#bytes = 0;
        this.#needed = prefixBytes;
      } else this.#begun = [begun];
    }
    return data.subarray(part.length);
  }
}

/** Of the whole frame that begins here. */
function frameBytes(data: Buffer): number {
  const length = data.readUInt32BE(0);
  if (length < 4 || length > maxFrameBytes) {
    throw new FrameError(`a frame of ${length} bytes: not RocketMQ's remoting protocol, or too large`);
  }
  return 4 + length;
}

function decodeFrame(data: Buffer): Frame {
  const packed = data.readUInt32BE(4);
  const type = packed >>> 24;
  if (type > 1) throw new FrameError(`header serialization type ${type} is unknown`);
  const headerEnd = prefixBytes + (packed & 0xffffff);
  if (headerEnd > data.length) throw new FrameError('the header is longer than its frame');
  return {
    header:
      type === 0
        ? parseHeader(data.toString('utf8', prefixBytes, headerEnd))
        : readBinaryHeader(data.subarray(prefixBytes, headerEnd)),
    body: data.subarray(headerEnd),
  };
}

function readBinaryHeader(data: Buffer): FrameHeader {
  try {
    return decodeBinaryHeader(data);
  } catch (error) {
    throw new FrameError('the header is cut off', { cause: error });
  }
}

function parseHeader(text: string): FrameHeader {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw new FrameError('the header is not JSON', { cause: error });
  }
  if (!isHeader(header)) throw new FrameError('the header lacks code, opaque or flag');
  return header;
}

function isHeader(value: unknown): value is FrameHeader {
  if (typeof value !== 'object' || value === null) return false;
  const { code, opaque, flag } = value as Partial<Record<keyof FrameHeader, unknown>>;
  return Number.isInteger(code) && Number.isInteger(opaque) && Number.isInteger(flag);
}
