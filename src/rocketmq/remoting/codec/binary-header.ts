/**
 * The header of a frame as servers write it that run with `rocketmq.serialize.type=ROCKETMQ`, in their answers too,
 * however they were asked (org.apache.rocketmq.remoting.protocol.RocketMQSerializable):
 *
 *      0  i16  code
 *      2  i8   language
 *      3  i16  version
 *      5  i32  opaque
 *      9  i32  flag
 *     13  i32  length of the remark, then the remark
 *         i32  length of all fields; each: i16 length and name, i32 length and value
 *
 * Text is UTF-8. Throws `RangeError` where a length does not fit.
 */
import type { FrameHeader } from './frame-header.js';

const remarkAt = 13;

export function decodeBinaryHeader(data: Buffer): FrameHeader {
  let at = remarkAt;
  const text = (lengthBytes: 2 | 4): string => {
    const length = data.readUIntBE(at, lengthBytes);
    const start = at + lengthBytes;
    at = start + length;
    if (at > data.length) throw new RangeError(`a text of ${length} bytes is longer than its header`);
    return data.toString('utf8', start, at);
  };
  const remark = text(4);
  const end = at + 4 + data.readUInt32BE(at);
  at += 4;
  const fields: [name: string, value: string][] = [];
  while (at < end) fields.push([text(2), text(4)]);
  return {
    code: data.readInt16BE(0),
    opaque: data.readInt32BE(5),
    flag: data.readInt32BE(9),
    remark,
    extFields: Object.fromEntries(fields),
  };
}
