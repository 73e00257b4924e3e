/**
 * The body of a batch send (MessageDecoder#encodeMessages of Apache RocketMQ 5.5.0), for every message:
 *
 *     i32 size of the whole   i32 magic 0   i32 crc 0   i32 flag
 *     i32 length, body        i16 length, properties
 */
import { maxPropertiesBytes, partsEach, type IncomingMessages } from '../storage/stored-frame.js';
import { responseCode } from './codes.js';
import { RequestError } from './request.js';

const fixedBytes = 22;
/** A real broker counts the messages of a batch in 16 bits, and loses the queue beyond. */
const mostMessages = 32_767;

/** Where the messages of the body lie; `source` is the body. */
export function readBatchBody(body: Buffer): IncomingMessages {
  let parts = new Int32Array(Math.max(partsEach, Math.floor(body.length / 64) * partsEach));
  let count = 0;
  for (let at = 0; at < body.length; count++) {
    if (body.length - at < fixedBytes) throw broken(at);
    const bodyLength = body.readUInt32BE(at + 16);
    const propertiesAt = at + 20 + bodyLength;
    if (propertiesAt + 2 > body.length) throw broken(at);
    const propertiesLength = body.readUInt16BE(propertiesAt);
    const end = propertiesAt + 2 + propertiesLength;
    if (end > body.length || end - at !== body.readUInt32BE(at)) throw broken(at);
    if (propertiesLength > maxPropertiesBytes)
      throw illegal('a message has more than 32767 bytes of properties');
    if ((count + 1) * partsEach > parts.length) parts = larger(parts);
    const part = count * partsEach;
    parts[part] = body.readInt32BE(at + 12);
    parts[part + 1] = at + 20;
    parts[part + 2] = bodyLength;
    parts[part + 3] = propertiesAt + 2;
    parts[part + 4] = propertiesLength;
    at = end;
  }
  if (count === 0) throw illegal('the batch is empty');
  if (count > mostMessages)
    throw illegal(`a batch of ${count} messages; at most ${mostMessages} are allowed`);
  return { source: body, count, parts };
}

function larger(parts: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(parts.length * 2);
  grown.set(parts);
  return grown;
}

const illegal = (remark: string): RequestError => new RequestError(responseCode.messageIllegal, remark);
const broken = (at: number): RequestError => illegal(`the batch cannot be read at byte ${at} of its body`);
