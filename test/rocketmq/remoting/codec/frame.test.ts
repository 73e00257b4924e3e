import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeFrame,
  FrameError,
  FrameReader,
  maxFrameBytes,
} from '../../../../src/rocketmq/remoting/codec/frame.js';

const captured = Buffer.from(
  '000000920000008e7b22636f6465223a33302c226c616e6775616765223a224f54484552222c2276657273696f6e223a3430312c226f7061717565223a312c22666c6167223a302c226578744669656c6473223a7b22746f706963223a22544257313032222c2271756575654964223a2230227d2c2273657269616c697a655479706543757272656e74525043223a224a534f4e227d',
  'hex',
);
const header = {
  code: 30,
  language: 'OTHER',
  version: 401,
  opaque: 1,
  flag: 0,
  extFields: { topic: 'TBW102', queueId: '0' },
  serializeTypeCurrentRPC: 'JSON',
};

test('encodes the bytes a real exchange had', () => {
  assert.deepEqual(Buffer.concat(encodeFrame(header, Buffer.alloc(0))), captured);
});

test('reads frames however the stream is cut', () => {
  const body = Buffer.from('body');
  const stream = Buffer.concat([captured, ...encodeFrame(header, body), captured]);
  for (let size = 1; size <= stream.length; size += 13) {
    const reader = new FrameReader();
    const frames = [];
    for (let at = 0; at < stream.length; at += size)
      frames.push(...reader.push(stream.subarray(at, at + size)));
    assert.equal(frames.length, 3);
    assert.deepEqual(frames[0]?.header, header);
    assert.deepEqual(frames[1]?.body, body);
  }
});

test('reads the binary headers of servers that are set to write them', () => {
  const head = Buffer.from('0011' + '00' + '0201' + '00000007' + '00000001', 'hex');
  const text = (value: string, lengthBytes: number): Buffer => {
    const length = Buffer.alloc(lengthBytes);
    length.writeUIntBE(Buffer.byteLength(value), 0, lengthBytes);
    return Buffer.concat([length, Buffer.from(value)]);
  };
  const fields = Buffer.concat([text('offset', 2), text('12', 4), text('name', 2), text('ü', 4)]);
  const fieldBytes = Buffer.alloc(4);
  fieldBytes.writeUInt32BE(fields.length);
  const binary = Buffer.concat([head, text('no topic', 4), fieldBytes, fields]);
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32BE(4 + binary.length + 4, 0);
  prefix.writeUInt32BE((1 << 24) | binary.length, 4);
  const frame = Buffer.concat([prefix, binary, Buffer.from('body')]);
  const [read] = new FrameReader().push(frame);
  assert.deepEqual(read?.header, {
    code: 17,
    opaque: 7,
    flag: 1,
    remark: 'no topic',
    extFields: { offset: '12', name: 'ü' },
  });
  assert.deepEqual(read.body, Buffer.from('body'));
  // A field that claims more than there is.
  frame.writeUInt32BE(1_000, 8 + head.length);
  assert.throws(() => new FrameReader().push(frame), FrameError);
});

test('refuses what is not a frame', () => {
  const refused = (data: Buffer): void => {
    assert.throws(() => new FrameReader().push(data), FrameError);
  };
  refused(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  const tooLarge = Buffer.alloc(8);
  tooLarge.writeUInt32BE(maxFrameBytes + 1, 0);
  refused(tooLarge);
  refused(Buffer.from('00000004ff000000', 'hex'));
  refused(Buffer.from('0000000400000010', 'hex'));
  refused(Buffer.from('00000006000000027b7d', 'hex'));
});
