/**
 * 64-bit integers as doubles, without BigInt: offsets and milliseconds stay far below 2^53.
 */
export function readInt64(data: Buffer, at: number): number {
  return data.readInt32BE(at) * 4_294_967_296 + data.readUInt32BE(at + 4);
}

export function writeInt64(data: Buffer, value: number, at: number): void {
  data.writeInt32BE(Math.floor(value / 4_294_967_296), at);
  data.writeUInt32BE(value >>> 0, at + 4);
}
