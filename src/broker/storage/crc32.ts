import zlib from 'node:zlib';

const table = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  table[byte] = value;
}

/** Node's own, where this Node has it: faster for all but small bodies, which a call into C++ does not pay for. */
const native = (zlib as { crc32?: (data: Uint8Array) => number }).crc32;
const nativePays = 192;

/**
 * The checksum of a message's body as RocketMQ stores it: CRC-32 without its highest bit
 * (org.apache.rocketmq.common.UtilAll#crc32).
 */
export function bodyCrc(data: Buffer, start: number, end: number): number {
  if (native !== undefined && end - start >= nativePays)
    return native(data.subarray(start, end)) & 0x7fffffff;
  let crc = -1;
  for (let at = start; at < end; at++) {
    crc = (table[(crc ^ (data[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return ~crc & 0x7fffffff;
}
