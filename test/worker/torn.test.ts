import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readBatchBody } from '../../src/broker/requests/batch-body.js';
import { FrameWriter } from '../../src/broker/storage/stored-frame.js';
import type { OutMessage, StoredMessage } from '../../src/rocketmq/cluster.js';
import { encodeBatch } from '../../src/rocketmq/remoting/codec/batch.js';
import { decodeStoredMessages } from '../../src/rocketmq/remoting/codec/stored-message.js';
import { uniqueKeys } from '../../src/rocketmq/remoting/codec/unique-key.js';
import { Stamper, stampOf, stampText, type Stamp } from '../../src/worker/stamp.js';
import { isTornCopy, tornStamp } from '../../src/worker/torn.js';

const host = Buffer.from([127, 0, 0, 1, 0, 0, 0x2a, 0x9f]);
const generation = 0;
const tag = 'aaaabbbbcc';

function stamped(...messages: OutMessage[]): OutMessage[] {
  new Stamper().stamp({ tag, generation }, { from: null, skipped: 0, to: 2 }, messages);
  return messages;
}

/** How it lies in a broker's log, the last `torn` bytes of it not written; and how many bytes of properties it has. */
async function stored(
  message: OutMessage,
  torn: number,
): Promise<{ found: StoredMessage; propertyBytes: number }> {
  const source = encodeBatch([message], uniqueKeys());
  const messages = readBatchBody(source);
  const origin = { topic: 't', queueId: 0, sysFlag: 0, bornAt: 1, reconsumeTimes: 0 };
  const writer = new FrameWriter({ ...origin, bornHost: host, storeHost: host }, 2);
  const frame = Buffer.alloc(writer.sizeOf(messages));
  writer.write(frame, 0, messages, 0, { queueOffset: 7, position: 0 });
  frame.fill(0, frame.length - torn);
  const [found] = await decodeStoredMessages(frame, 'broker');
  assert.ok(found !== undefined);
  return { found, propertyBytes: messages.parts[4] ?? 0 };
}

/** For how many bytes that are missing the message counts as sent. */
async function tearsThatCount(message: OutMessage): Promise<readonly number[]> {
  const { propertyBytes } = await stored(message, 0);
  const tears = Array.from({ length: propertyBytes + 1 }, (_, torn) => torn);
  const counts = await Promise.all(
    tears.map(async (torn) => isTornCopy((await stored(message, torn)).found, message)),
  );
  return tears.filter((torn) => counts[torn]);
}

function stampBytes(message: OutMessage): number {
  return `rc.${stampText(message) ?? ''}.`.length;
}

describe('a message that a broker did not write to its end', () => {
  test('of which users lose nothing counts as sent, wherever it is torn', async () => {
    const [, message] = stamped({ body: Buffer.from('first') }, { body: Buffer.from('plain') });
    assert.ok(message !== undefined);
    const { propertyBytes } = await stored(message, 0);
    assert.deepEqual(
      await tearsThatCount(message),
      Array.from({ length: propertyBytes }, (_, n) => n + 1),
    );
  });

  test('of which users would lose something does not', async () => {
    const [message] = stamped({ body: Buffer.from('x'), key: 'k', tag: 't', properties: { size: 'large' } });
    assert.ok(message !== undefined);
    assert.deepEqual(
      await tearsThatCount(message),
      Array.from({ length: stampBytes(message) }, (_, n) => n + 1),
    );
  });

  test('with what came from another cluster neither, where that is torn', async () => {
    const passedOn = { properties: Buffer.from('KEYS\u0001k\u0002'), flag: 0, sysFlag: 0, bornAt: 1 };
    const [message] = stamped({ body: Buffer.from('x'), passedOn: { ...passedOn, reconsumeTimes: 0 } });
    assert.ok(message !== undefined);
    const tears = await tearsThatCount(message);
    assert.equal(tears.at(0), 1);
    assert.equal(tears.at(-1), stampBytes(message));
  });

  test('with another body is not it', async () => {
    const [message, other] = stamped({ body: Buffer.from('x') }, { body: Buffer.from('y') });
    assert.ok(message !== undefined && other !== undefined);
    assert.equal(isTornCopy((await stored(message, 3)).found, other), false);
  });
});

describe('the stamp of such a message', () => {
  const before: Stamp = { tag, generation, parcel: '', index: 0, span: null };

  test('is that behind the one before it, where enough of it is left', async () => {
    const [first, second] = stamped({ body: Buffer.from('x') }, { body: Buffer.from('y') });
    assert.ok(first !== undefined && second !== undefined);
    const stamp = stampOf((await stored(first, 0)).found);
    assert.ok(stamp !== null);
    const whole = stampText(second) ?? '';
    for (let torn = 1; torn <= stampBytes(second); torn += 1) {
      const { found } = await stored(second, torn);
      assert.equal(stampOf(found), null);
      const left = whole.length + 1 - torn;
      assert.equal(
        tornStamp(found, stamp)?.index,
        left > tag.length ? 1 : undefined,
        `${String(torn)} bytes`,
      );
      assert.equal(tornStamp(found, null), null);
      assert.equal(tornStamp(found, { ...stamp, tag: 'another' }), null);
    }
  });

  test('is its own where nothing is missing', async () => {
    const [, second] = stamped({ body: Buffer.from('x') }, { body: Buffer.from('y') });
    assert.ok(second !== undefined);
    const { found } = await stored(second, 0);
    assert.equal(stampOf(found)?.index, 1);
    assert.equal(tornStamp(found, before), null);
  });
});
