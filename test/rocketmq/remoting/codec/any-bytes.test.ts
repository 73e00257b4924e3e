/** The codec on whatever comes: a failure prints its seed and the smallest case found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OutMessage } from '../../../../src/rocketmq/cluster.js';
import { RocketmqError } from '../../../../src/rocketmq/errors.js';
import { encodeBatch, sizeInBatch } from '../../../../src/rocketmq/remoting/codec/batch.js';
import { encodeFrame, FrameError, FrameReader } from '../../../../src/rocketmq/remoting/codec/frame.js';
import { decodeProperties, isSystemProperty } from '../../../../src/rocketmq/remoting/codec/properties.js';
import { decodeStoredMessages } from '../../../../src/rocketmq/remoting/codec/stored-message.js';
import { fixture } from '../fixture-subject.js';
import { frameOf, recorded } from '../recorded-exchange.js';
import { entriesOf } from './entries-of.js';

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const text = fc
  .string({ unit: 'binary', maxLength: 40 })
  .filter((value) => !value.includes('\u0001') && !value.includes('\u0002'));

test('a frame comes back whatever is in it and however the stream is cut', () => {
  const frame = fc.record(
    {
      code: fc.nat(),
      opaque: fc.nat(),
      flag: fc.nat({ max: 3 }),
      remark: fc.string({ unit: 'binary' }),
      extFields: fc.dictionary(fc.string({ minLength: 1 }), fc.string({ unit: 'binary' }), {
        noNullPrototype: true,
      }),
      body: bytes(200),
    },
    { noNullPrototype: true },
  );
  const property = fc.property(
    fc.array(frame, { maxLength: 5 }),
    fc.infiniteStream(fc.integer({ min: 1, max: 60 })),
    (frames, cuts) => {
      const stream = Buffer.concat(
        frames.flatMap(({ body, ...rest }) =>
          encodeFrame({ language: 'OTHER', version: 401, serializeTypeCurrentRPC: 'JSON', ...rest }, body),
        ),
      );
      const reader = new FrameReader();
      const read = [];
      for (let at = 0; at < stream.length;) {
        const { value: length } = cuts.next() as { value: number };
        read.push(...reader.push(stream.subarray(at, at + length)));
        at += length;
      }
      assert.deepEqual(
        read.map(({ header: { code, opaque, flag, remark, extFields }, body }) => {
          return { code, opaque, flag, remark, extFields, body };
        }),
        frames,
      );
    },
  );
  fc.assert(property, { numRuns: 300 });
});

test('bytes that are no frame are refused as such', () => {
  const reading = (data: Buffer): void => {
    try {
      new FrameReader().push(data);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
    }
  };
  fc.assert(fc.property(bytes(300), reading), { numRuns: 1_000 });
  const header = fc.oneof(fc.json(), fc.string()).map((value) => Buffer.from(value));
  const framed = fc.tuple(header, bytes(20)).map(([head, body]) => {
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32BE(4 + head.length + body.length, 0);
    lengths.writeUInt32BE(head.length, 4);
    return Buffer.concat([lengths, head, body]);
  });
  fc.assert(fc.property(framed, reading), { numRuns: 1_000 });
});

const message: fc.Arbitrary<OutMessage> = fc.record({
  body: bytes(100),
  key: fc.option(text, { nil: undefined }),
  tag: fc.option(text, { nil: undefined }),
  properties: fc.dictionary(
    text.filter((name) => name !== '' && name !== '__proto__' && !isSystemProperty(name)),
    text,
    { maxKeys: 5, noNullPrototype: true },
  ),
});

test('a batch has the bodies and properties that went in, and the size that was said', () => {
  const property = fc.property(fc.array(message, { minLength: 1, maxLength: 20 }), (messages) => {
    const encoded = encodeBatch(messages, fixture.uniqueKeys());
    assert.equal(
      encoded.length,
      messages.reduce((sum, one) => sum + sizeInBatch(one), 0),
    );
    const entries = entriesOf(encoded);
    assert.deepEqual(
      entries.map(({ body }) => body),
      messages.map(({ body }) => body),
    );
    for (const [index, { properties }] of entries.entries()) {
      const sent = messages[index];
      const read = decodeProperties(properties);
      for (const [name, value] of Object.entries(sent?.properties ?? {})) {
        assert.equal(read[name], Buffer.from(value).toString(), name);
      }
    }
  });
  fc.assert(property, { numRuns: 300 });
});

const isRocketmqError = (error: unknown): boolean => error instanceof RocketmqError;

test('stored messages that are torn or damaged are refused as such, or read', async () => {
  const pulled = frameOf(recorded('pull').answer).body;
  const compressed = frameOf(recorded('pull-compressed').answer).body;
  const damage = fc.record({
    whole: fc.constantFrom(pulled, compressed),
    end: fc.double({ min: 0, max: 1, noNaN: true }),
    spots: fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), to: fc.nat({ max: 255 }) }), {
      maxLength: 4,
    }),
  });
  const property = fc.asyncProperty(damage, async ({ whole, end, spots }) => {
    const data = Buffer.from(whole.subarray(0, Math.ceil(end * whole.length)));
    for (const { at, to } of spots) if (data.length > 0) data[Math.floor(at * (data.length - 1))] = to;
    await decodeStoredMessages(data, 'b').then(
      (messages) => {
        for (const one of messages) assert.equal(typeof one.properties, 'object');
      },
      (error: unknown) => {
        if (!isRocketmqError(error)) throw error;
      },
    );
  });
  await fc.assert(property, { numRuns: 500 });
});
