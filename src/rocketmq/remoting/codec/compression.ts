/**
 * Bodies that other clients compressed. Bit 0 of a message's sysFlag says that its body is compressed,
 * bits 8 to 10 say how (org.apache.rocketmq.common.sysflag.MessageSysFlag).
 */
import { inflateSync } from 'node:zlib';
import { decodeLz4Frame } from './lz4-frame.js';

/** More than any broker stores, so that a broken body cannot take all memory. */
const maxBodyBytes = 134_217_728;
const compressedFlag = 0x1;

export function isCompressed(sysFlag: number): boolean {
  return (sysFlag & compressedFlag) !== 0;
}

/** Throws `Error` where the body is not what its sysFlag says. */
export async function decompress(body: Buffer, sysFlag: number): Promise<Buffer> {
  const type = (sysFlag >>> 8) & 7;
  switch (type) {
    case 0: // Clients from before there was a choice.
    case 3:
      return inflateSync(body, { maxOutputLength: maxBodyBytes });
    case 1:
      return decodeLz4Frame(body, maxBodyBytes);
    case 2:
      return decompressZstd(body);
    default:
      throw new Error(`compression type ${type} is unknown`);
  }
}

async function decompressZstd(body: Buffer): Promise<Buffer> {
  const { Decompress } = await import('fzstd');
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  const stream = new Decompress((block) => {
    bytes += block.length;
    if (bytes > maxBodyBytes) throw new Error(`more than ${maxBodyBytes} bytes when decompressed`);
    blocks.push(block);
  });
  stream.push(body, true);
  return Buffer.concat(blocks, bytes);
}
