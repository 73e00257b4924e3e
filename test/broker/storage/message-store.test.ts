import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, rmdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bodyCrc } from '../../../src/broker/storage/crc32.js';
import { javaHash, tagsCode } from '../../../src/broker/storage/stored-properties.js';
import { temporaryFolder } from '../../temp-folder.js';
import { bodiesIn, bodiesOf, messagesOf, openStore, put } from './store-for-test.js';

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => `message ${from + n}`);

test('the checksum is the one zlib makes, without its highest bit', () => {
  // CRC-32 of "123456789" is cbf43926.
  const data = Buffer.from('xx123456789xx');
  assert.equal(bodyCrc(data, 2, 11), 0x4bf43926);
  assert.equal(bodyCrc(data, 2, 2), 0);
  const long = Buffer.from('123456789'.repeat(100));
  let piecewise = -1;
  for (const byte of long) {
    piecewise ^= byte;
    for (let bit = 0; bit < 8; bit++)
      piecewise = (piecewise & 1) === 1 ? (piecewise >>> 1) ^ 0xedb88320 : piecewise >>> 1;
  }
  assert.equal(bodyCrc(long, 0, long.length), ~piecewise & 0x7fffffff);
});

test('tags are hashed as Java does', () => {
  assert.equal(javaHash('TagA'), 2_598_919);
  const encoded = Buffer.from('XTAGS\u0001no\u0002KEYS\u0001k\u0002TAGS\u0001grün\u0002A\u0001b');
  assert.equal(tagsCode(encoded, 0, encoded.length), javaHash('grün'));
  const plain = Buffer.from('A\u0001TAGS\u0001x\u0002TAGS\u0001TagA');
  assert.equal(tagsCode(plain, 0, plain.length), 2_598_919);
  assert.equal(tagsCode(plain, 0, 8), 0);
});

test('a read is bounded by messages and by bytes, and gives at least one', async (context) => {
  const folder = await temporaryFolder(context);
  const store = openStore(folder);
  put(store, 0, numbers(0, 20));
  put(store, 0, ['x'.repeat(5_000), 'small']);
  const read = (offset: number, messages: number, bytes: number): [number, number] => {
    const slice = store.read('topic', 0, offset, { messages, bytes, tagsCodes: null });
    assert.equal(bodiesIn(slice.frames).length, slice.count);
    return [slice.count, slice.nextOffset];
  };
  assert.deepEqual(read(0, 5, 1e6), [5, 5]);
  assert.deepEqual(read(5, 100, 300), [2, 7]);
  assert.deepEqual(read(20, 100, 300), [1, 21]);
  assert.deepEqual(read(21, 100, 300), [1, 22]);
  assert.deepEqual(read(22, 100, 300), [0, 22]);
  await store.close();
});

test('a read that filters moves on over what does not match', async (context) => {
  const folder = await temporaryFolder(context);
  const store = openStore(folder);
  const host = Buffer.from([127, 0, 0, 1, 0, 0, 0, 1]);
  const origin = {
    topic: 'topic',
    queueId: 0,
    sysFlag: 0,
    bornAt: 1,
    bornHost: host,
    storeHost: host,
    reconsumeTimes: 0,
  };
  for (const tag of ['a', 'b', 'a', 'c']) {
    store.append(origin, messagesOf([`${tag}1`, `${tag}2`], `TAGS\u0001${tag}\u0002`));
  }
  const limits = { messages: 3, bytes: 1e6, tagsCodes: new Set([javaHash('a')]) };
  const first = store.read('topic', 0, 0, limits);
  assert.deepEqual([bodiesIn(first.frames), first.nextOffset], [['a1', 'a2', 'a1'], 5]);
  const second = store.read('topic', 0, 5, limits);
  assert.deepEqual([bodiesIn(second.frames), second.nextOffset], [['a2'], 8]);
  const none = store.read('topic', 0, 6, limits);
  assert.deepEqual([none.count, none.nextOffset], [0, 8]);
  await store.close();
});

test('retention by size drops whole segments and moves the start of the queues', async (context) => {
  const folder = await temporaryFolder(context);
  const retention = { maxBytes: 2_000, maxAgeMs: 1e9 };
  const store = openStore(folder, { segmentBytes: 500, retention });
  put(store, 1, ['the only one']);
  for (const body of numbers(0, 40)) put(store, 0, [body]);
  assert.equal(store.retain(Date.now()), true);
  assert.equal(store.retain(Date.now()), false);
  const { min, max } = store.offsets('topic', 0);
  assert.ok(min > 15 && min < 30, `min ${min}`);
  assert.equal(max, 40);
  assert.deepEqual(bodiesOf(store, 0, min), numbers(min, 40));
  assert.deepEqual(store.offsets('topic', 1), { min: 1, max: 1 });
  assert.ok(store.range.end - store.range.start <= 2_000);
  await store.close();
  const reopened = openStore(folder, { segmentBytes: 500, retention });
  assert.deepEqual(reopened.offsets('topic', 0), { min, max });
  assert.equal(put(reopened, 1, ['the next']), 1);
  await reopened.close();
});

test('retention by age drops segments that were last written to long ago', async (context) => {
  const folder = await temporaryFolder(context);
  const retention = { maxBytes: 1e9, maxAgeMs: 60_000 };
  const first = openStore(folder, { segmentBytes: 300, retention });
  for (const body of numbers(0, 10)) put(first, 0, [body]);
  await first.close();
  const names = readdirSync(join(folder, 'log')).sort();
  const hourAgo = Date.now() / 1000 - 3_600;
  for (const name of names.slice(0, 2)) utimesSync(join(folder, 'log', name), hourAgo, hourAgo);
  const store = openStore(folder, { segmentBytes: 300, retention });
  assert.equal(store.retain(Date.now()), true);
  assert.equal(readdirSync(join(folder, 'log')).length, names.length - 2);
  assert.deepEqual(
    bodiesOf(store, 0, store.offsets('topic', 0).min),
    numbers(store.offsets('topic', 0).min, 10),
  );
  assert.ok(store.offsets('topic', 0).min > 0);
  await store.close();
});

test('a segment that cannot be removed keeps its messages, and goes when it can be', async (context) => {
  const folder = await temporaryFolder(context);
  const retention = { maxBytes: 500, maxAgeMs: 1e9 };
  const store = openStore(folder, { segmentBytes: 300, retention });
  for (const body of numbers(0, 10)) put(store, 0, [body]);
  const [first = ''] = readdirSync(join(folder, 'log')).sort();
  const file = join(folder, 'log', first);
  renameSync(file, `${file}.kept`);
  mkdirSync(file);
  assert.throws(() => store.retain(Date.now()), /EISDIR|EPERM/);
  assert.deepEqual(bodiesOf(store, 0), numbers(0, 10));
  rmdirSync(file);
  // What is gone already need not be removed.
  assert.equal(store.retain(Date.now()), true);
  const { min } = store.offsets('topic', 0);
  assert.ok(min > 0);
  assert.deepEqual(bodiesOf(store, 0, min), numbers(min, 10));
  await store.close();
});

test('messages are found by the time they were stored and by their position', async (context) => {
  const folder = await temporaryFolder(context);
  const store = openStore(folder);
  const before = Date.now();
  put(store, 0, ['a', 'b']);
  const at = store.storedAt('topic', 0, 1) ?? 0;
  assert.ok(at >= before && at <= Date.now());
  assert.equal(store.firstStoredSince('topic', 0, at), 0);
  assert.equal(store.firstStoredSince('topic', 0, at + 1), 2);
  assert.equal(store.storedAt('topic', 0, 2), null);
  assert.deepEqual(bodiesIn(store.frameAt(0) ?? Buffer.alloc(0)), ['a']);
  assert.equal(store.frameAt(1), null);
  assert.equal(store.frameAt(1e9), null);
  await store.close();
});
