import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { decompress, isCompressed } from '../../../../src/rocketmq/remoting/codec/compression.js';
import { decodeLz4Frame } from '../../../../src/rocketmq/remoting/codec/lz4-frame.js';

const limit = 1_048_576;
const header = Buffer.from('04224d18604082', 'hex');
const end = Buffer.alloc(4);

function frame(...blocks: Buffer[]): Buffer {
  const sized = blocks.flatMap((block) => [uint32(block.length), block]);
  return Buffer.concat([header, ...sized, end]);
}

function uint32(value: number): Buffer {
  const data = Buffer.alloc(4);
  data.writeUInt32LE(value, 0);
  return data;
}

test('knows how a body is compressed', async () => {
  const body = Buffer.from('body '.repeat(100));
  assert.ok(isCompressed(0x301) && !isCompressed(0x300));
  assert.deepEqual(await decompress(deflateSync(body), 0x301), body);
  assert.deepEqual(await decompress(deflateSync(body), 0x1), body);
  await assert.rejects(decompress(body, 0x701), /type 7/);
});

test('reads LZ4 matches that overlap, long lengths, and stored blocks', () => {
  const overlap = Buffer.concat([
    Buffer.from([0x1f]),
    Buffer.from('a'),
    Buffer.from([1, 0, 255, 0, 0x10, 0x62]),
  ]);
  const plain = Buffer.concat([uint32((0x80000000 | 3) >>> 0), Buffer.from('xyz')]);
  const data = Buffer.concat([header, uint32(overlap.length), overlap, plain, end]);
  assert.equal(decodeLz4Frame(data, limit).toString(), `a${'a'.repeat(274)}bxyz`);
});

test('refuses LZ4 frames that lie', () => {
  const refused = (data: Buffer, why: RegExp): void => {
    assert.throws(() => decodeLz4Frame(data, limit), why);
  };
  refused(Buffer.from('not a frame'), /not an LZ4 frame/);
  refused(frame(Buffer.from([0x10, 0x61, 2, 0, 0])), /before the start/);
  refused(frame(Buffer.from([0x10, 0x61, 0, 0, 0])), /before the start/);
  refused(frame(Buffer.from([0x50, 0x61])), /literals are cut off/);
  refused(frame(Buffer.from([0xf0, 255])), /length is cut off/);
  refused(Buffer.concat([header, uint32(100), Buffer.alloc(4)]), /block is cut off/);
  refused(header, /range/);
  const bomb = Buffer.concat([Buffer.from([0x1f, 0x61, 1, 0]), Buffer.alloc(5_000, 255), Buffer.from([0])]);
  refused(frame(bomb), /more than 1048576 bytes/);
});

test('reads zstd, and refuses a body that would take all memory', async () => {
  const windowOf128KiB = 0x38;
  const start = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, windowOf128KiB]);
  /** So many times one byte, told in four. */
  const run = (length: number, isLast: boolean): Buffer => {
    const block = Buffer.alloc(4, 'a');
    block.writeUIntLE((length << 3) | 2 | (isLast ? 1 : 0), 0, 3);
    return block;
  };
  const two = Buffer.concat([start, run(3, false), run(2, true)]);
  assert.equal((await decompress(two, 0x201)).toString(), 'aaaaa');
  const blocks = Array.from({ length: 1_100 }, (_, index) => run(131_072, index === 1_099));
  await assert.rejects(decompress(Buffer.concat([start, ...blocks]), 0x201), /more than 134217728 bytes/);
});
