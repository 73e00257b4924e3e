/**
 * Reads an LZ4 frame (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md), what Java clients
 * compress bodies into with `LZ4FrameOutputStream`. Checksums are not verified: TCP and the broker's
 * CRC guard the bytes. Throws `Error` on anything malformed, and on more than `maxBytes`.
 */
const magic = 0x184d2204;

export function decodeLz4Frame(data: Buffer, maxBytes: number): Buffer {
  if (data.length < 7 || data.readUInt32LE(0) !== magic) throw new Error('not an LZ4 frame');
  const flags = data[4] ?? 0;
  if (flags >>> 6 !== 1) throw new Error('an unknown version of the LZ4 frame');
  const blockChecksums = (flags & 0x10) !== 0;
  const contentSize = (flags & 0x08) !== 0;
  const dictionary = (flags & 0x01) !== 0;
  if (dictionary) throw new Error('an LZ4 frame that needs a dictionary');
  const out = new Output(contentSize ? Number(data.readBigUInt64LE(6)) : data.length * 4, maxBytes);
  let at = 6 + (contentSize ? 8 : 0) + 1;
  for (;;) {
    const size = data.readUInt32LE(at);
    at += 4;
    if (size === 0) return out.bytes();
    const length = size & 0x7fffffff;
    if (at + length > data.length) throw new Error('an LZ4 block is cut off');
    const block = data.subarray(at, at + length);
    if (size >>> 31 === 1) out.append(block);
    else decodeBlock(block, out);
    at += length + (blockChecksums ? 4 : 0);
  }
}

/** Sequences of: token, literal length, literals, i16 distance, match length. The last has no match. */
function decodeBlock(block: Buffer, out: Output): void {
  let at = 0;
  const longer = (length: number): number => {
    if (length !== 15) return length;
    for (;;) {
      const more = block[at++];
      if (more === undefined) throw new Error('an LZ4 length is cut off');
      length += more;
      if (more !== 255) return length;
    }
  };
  while (at < block.length) {
    const token = block[at++] ?? 0;
    const literals = longer(token >>> 4);
    if (at + literals > block.length) throw new Error('LZ4 literals are cut off');
    out.append(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return;
    const distance = block.readUInt16LE(at);
    at += 2;
    out.repeat(distance, longer(token & 15) + 4);
  }
}

class Output {
  #data: Buffer;
  #length = 0;
  readonly #maxBytes: number;

  constructor(expected: number, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#data = Buffer.allocUnsafe(Math.min(expected, maxBytes));
  }

  append(bytes: Buffer): void {
    this.#reserve(bytes.length);
    this.#data.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Appends `length` bytes that stand `distance` back; the two ranges may overlap. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length) throw new Error('an LZ4 match points before the start');
    this.#reserve(length);
    for (let left = length; left > 0;) {
      const run = Math.min(left, distance);
      this.#data.copyWithin(this.#length, this.#length - distance, this.#length - distance + run);
      this.#length += run;
      left -= run;
    }
  }

  bytes(): Buffer {
    return this.#data.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#data.length) return;
    if (needed > this.#maxBytes) throw new Error(`more than ${this.#maxBytes} bytes when decompressed`);
    const grown = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(needed, this.#data.length * 2)));
    this.#data.copy(grown, 0, 0, this.#length);
    this.#data = grown;
  }
}
