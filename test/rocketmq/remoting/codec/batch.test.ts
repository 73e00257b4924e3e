import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutMessage } from '../../../../src/rocketmq/cluster.js';
import {
  encodeBatch,
  maxBatchBytes,
  maxBatchMessages,
  sizeInBatch,
} from '../../../../src/rocketmq/remoting/codec/batch.js';
import { decodeProperties } from '../../../../src/rocketmq/remoting/codec/properties.js';
import { fixture } from '../fixture-subject.js';
import { frameOf, recorded } from '../recorded-exchange.js';
import { entriesOf } from './entries-of.js';

const empty: OutMessage = { body: Buffer.alloc(0) };
const encode = (...messages: OutMessage[]): Buffer => encodeBatch(messages, fixture.uniqueKeys());

test('encodes the batch a real broker stored', () => {
  const sent = frameOf(recorded('send-batch').request).body;
  assert.deepEqual(encode(...fixture.messages), sent);
});

test('takes apart what it put together', () => {
  const entries = entriesOf(encode(...fixture.messages));
  assert.deepEqual(
    entries.map(({ body }) => body),
    fixture.messages.map(({ body }) => body),
  );
  const [, , third] = entries;
  assert.deepEqual(decodeProperties(third?.properties ?? ''), {
    UNIQ_KEY: '00000000000000000000000000000003',
    KEYS: 'schlüssel',
    TAGS: 'tag',
    plain: 'a b=c',
    'naïve 名': '🌍',
    empty: '',
  });
});

test('knows the size of a message beforehand', () => {
  for (const message of [...fixture.messages, { ...empty, key: '', tag: '' }]) {
    assert.equal(sizeInBatch(message), encode(message).length);
  }
  const keyed = { ...empty, properties: { UNIQ_KEY: 'own' } };
  assert.equal(sizeInBatch(keyed), encode(keyed).length);
});

test('a property of a series costs its bytes and nothing else', () => {
  const series = { name: 'rc', prefix: 'tag.parcel.' };
  for (const place of [0, 9, 10, 35, 36, 1_295, 1_296, 4_095]) {
    const inSeries: OutMessage = { ...empty, series, place, properties: { other: 'x' } };
    const spelt: OutMessage = {
      ...empty,
      properties: { other: 'x', rc: `tag.parcel.${place.toString(36)}` },
    };
    assert.deepEqual(encode(inSeries), encode(spelt));
    assert.equal(sizeInBatch(inSeries), encode(inSeries).length);
  }
});

test('never makes a batch of more messages than a queue survives', () => {
  const full = Array<OutMessage>(maxBatchMessages).fill(empty);
  assert.equal(entriesOf(encode(...full)).length, maxBatchMessages);
  for (const count of [maxBatchMessages + 1, 32_768, 65_536]) {
    assert.throws(() => encodeBatch(Array<OutMessage>(count).fill(empty), fixture.uniqueKeys()), {
      code: 'too_large',
      message: /at most 4096/,
    });
  }
});

test('refuses a batch of one byte too many', () => {
  const room = maxBatchBytes - sizeInBatch(empty);
  assert.equal(encode({ body: Buffer.alloc(room) }).length, maxBatchBytes);
  assert.throws(() => encode({ body: Buffer.alloc(room + 1) }), {
    code: 'too_large',
    message: /4194305 bytes/,
  });
});

test('refuses properties a broker cannot store or would misread', () => {
  const refused = (message: Partial<OutMessage>, code: string): void => {
    assert.throws(() => encode({ ...empty, ...message }), { code });
  };
  refused({ properties: { a: 'x'.repeat(32_600) } }, 'too_large');
  refused({ key: 'ü'.repeat(16_300) }, 'too_large');
  refused({ properties: { a: 'b\u0001' } }, 'invalid');
  refused({ properties: { 'a\u0002': 'b' } }, 'invalid');
  refused({ properties: { '': 'b' } }, 'invalid');
  refused({ tag: '\u0002' }, 'invalid');
  for (const name of ['KEYS', 'TAGS', 'DELAY', 'TRAN_MSG', 'PGROUP', 'TIMER_DELAY_MS', '__RMQ.TRANSIENT.x']) {
    refused({ properties: { [name]: '1' } }, 'invalid');
  }
  assert.throws(() => encode(), { code: 'invalid' });
});
